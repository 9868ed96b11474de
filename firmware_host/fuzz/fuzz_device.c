/* Give the device any bytes: what libFuzzer calls, and a port that keeps the last line's end.
 *
 * Whatever came before, a device that is left alone for a while must answer `name%`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "eb_device.h"
#include "eb_port.h"

#define SILENCE_US 3000000U
#define KEPT 64U

const char eb_port_name[] = "fuzz";

static const char answer[] = "m-name-dut-[fuzz]\r\nm-ready\r\n";

static uint32_t now_us;
static uint8_t written[KEPT];
static uint32_t written_count;

int32_t eb_port_read(void)
{
    return -1;
}

void eb_port_init(void)
{
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    /* Reading every byte is what finds the ones that are not there. */
    uint32_t index;
    for (index = 0U; index < count; index++) {
        written[written_count % KEPT] = bytes[index];
        written_count++;
    }
}

void eb_port_flush(void)
{
}

uint32_t eb_port_time_us(void)
{
    now_us += 1000U;
    return now_us;
}

bool eb_port_can_baud(uint32_t baud)
{
    return baud == 9600U;
}

void eb_port_set_baud(uint32_t baud)
{
    (void)baud;
}

void eb_port_mark(void)
{
}

/* Audio that never ends, for a device that listens: noise, or what is as loud as can be. */
bool eb_port_audio_start(void)
{
    return true;
}

bool eb_port_audio_read(int16_t *samples, uint32_t count)
{
    static uint32_t noise = 1U;
    uint32_t index;
    for (index = 0U; index < count; index++) {
        noise = (noise * 1664525U) + 1013904223U;
        samples[index] = ((noise >> 30) == 0U) ? INT16_MIN : (int16_t)(uint16_t)(noise >> 16);
    }
    return true;
}

static void take(uint8_t byte)
{
    eb_device_take(byte);
    /* A byte that no text has stands for a silence, long enough for every timeout. */
    if (byte == 0xFEU) {
        now_us += SILENCE_US;
    }
    eb_device_idle();
}

static void be_silent(void)
{
    now_us += SILENCE_US;
    eb_device_idle();
}

/* End what is unfinished: a binary load, then a command, which may begin a load of its own. */
static void settle(void)
{
    be_silent();
    take((uint8_t)'%');
    be_silent();
}

static void say(const char *text)
{
    uint32_t index;
    for (index = 0U; text[index] != '\0'; index++) {
        take((uint8_t)text[index]);
    }
}

static void must_answer(void)
{
    const uint32_t length = (uint32_t)sizeof(answer) - 1U;
    uint32_t index;
    say("name%");
    for (index = 0U; index < length; index++) {
        if (written[(written_count - length + index) % KEPT] != (uint8_t)answer[index]) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    size_t index;
    written_count = KEPT;
    for (index = 0U; index < count; index++) {
        take(bytes[index]);
    }
    settle();
    must_answer();
    say("stop%"); /* a device that listens would go on in the next input */
    return 0;
}
