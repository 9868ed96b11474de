/* Audio and the two pins of an emulated board, by semihosting: files in QEMU's current folder.
 *
 * Samples are appended to the file "audio" while it is played: 16 bits, little-endian, mono. Lines
 * go to the file "pins": "pin NAME LEVEL SAMPLES US" for each edge, US after the SAMPLES-th sample
 * since reset, and "heard SAMPLES" when all of it is done. US counts instructions, as if each took
 * a cycle at PIN_CLOCK_MHZ: QEMU's clock advances by NS_PER_INSTRUCTION (-icount). An UART would
 * bring byte by byte, each one with a change of thread in QEMU.
 */
#include <stdbool.h>
#include <stdint.h>

#include "eb_port.h"
#include "port_mps2.h"

#if defined(EB_STREAMING) && EB_STREAMING

#define MOST_SAMPLES 512U
#define SAMPLE_BYTES 2U
/* When the wire has been quiet for so long, what has come in is reported. */
#define QUIET_TICKS (5000U * TICKS_PER_US)
#define TICKS_TO_US_DIVISOR ((uint64_t)TICKS_PER_US * NS_PER_INSTRUCTION * PIN_CLOCK_MHZ)
#define NS_PER_US 1000U
#define MOST_DIGITS 20U
#define MOST_LINE 64U
#define SYS_OPEN 0x01U
#define SYS_WRITE 0x05U
#define SYS_READ 0x06U
#define MODE_RB 1U
#define MODE_WB 5U

static uint8_t bytes[MOST_SAMPLES * SAMPLE_BYTES];
static uint32_t held;        /* bytes of samples that are not given yet */
static uint64_t taken;       /* bytes since reset */
static uint64_t heard;       /* samples that were reported */
static uint64_t since_ticks; /* when the last byte was there */
static bool is_listening;
static bool is_given; /* whether a frame is being processed */

static int32_t audio = -1;
static int32_t pins = -1;
static char line[MOST_LINE];
static uint32_t line_length;

static int32_t semihost(uint32_t operation, const uint32_t *arguments)
{
    register uint32_t result __asm("r0") = operation;
    register const uint32_t *taken_from __asm("r1") = arguments;
    __asm volatile("bkpt 0xAB" : "+r"(result) : "r"(taken_from) : "memory");
    return (int32_t)result;
}

static int32_t opened(const char *name, uint32_t length, uint32_t mode)
{
    const uint32_t arguments[] = {(uint32_t)name, mode, length};
    return semihost(SYS_OPEN, arguments);
}

static void put(char letter)
{
    line[line_length] = letter;
    line_length++;
}

static void put_text(const char *text)
{
    for (uint32_t index = 0U; text[index] != '\0'; index++) {
        put(text[index]);
    }
}

static void put_number(uint64_t value)
{
    char digits[MOST_DIGITS];
    uint32_t count = 0U;
    uint64_t rest = value;
    do {
        digits[count] = (char)('0' + (char)(rest % 10U));
        rest /= 10U;
        count++;
    } while (rest != 0U);
    while (count != 0U) {
        count--;
        put(digits[count]);
    }
}

static void end_line(void)
{
    const uint32_t arguments[] = {(uint32_t)pins, (uint32_t)line, line_length + 1U};
    put('\n');
    if (pins >= 0) {
        (void)semihost(SYS_WRITE, arguments);
    }
    line_length = 0U;
}

static void say_heard(void)
{
    if ((taken / SAMPLE_BYTES) != heard) {
        heard = taken / SAMPLE_BYTES;
        put_text("heard ");
        put_number(heard);
        end_line();
    }
}

/* Take bytes as far as they are here and wanted. */
static void take(uint32_t wanted)
{
    const uint32_t most = wanted - held;
    const uint32_t arguments[] = {(uint32_t)audio, (uint32_t)&bytes[held], most};
    uint32_t count = 0U;
    if ((audio >= 0) && (most != 0U)) {
        /* What is left unread: more than was asked for, -1 among it, is a failure. */
        const uint32_t unread = (uint32_t)semihost(SYS_READ, arguments);
        count = (unread <= most) ? (most - unread) : 0U;
    }
    if (count != 0U) {
        held += count;
        taken += count;
        since_ticks = eb_mps2_ticks();
    }
}

static void report_when_quiet(void)
{
    if ((eb_mps2_ticks() - since_ticks) > QUIET_TICKS) {
        say_heard();
    }
}

/* Forget whole samples. */
static void keep_half(void)
{
    if ((held % SAMPLE_BYTES) != 0U) {
        bytes[0] = bytes[held - 1U];
    }
    held %= SAMPLE_BYTES;
}

void eb_mps2_audio_begin(void)
{
    audio = opened("audio", 5U, MODE_RB);
    pins = (audio >= 0) ? opened("pins", 4U, MODE_WB) : -1;
    since_ticks = eb_mps2_ticks();
}

void eb_mps2_audio_discard(void)
{
    if (!is_listening) {
        take(sizeof(bytes));
        if (held == sizeof(bytes)) {
            held = 0U;
            say_heard();
        } else {
            report_when_quiet();
        }
    }
}

bool eb_port_audio_start(void)
{
    if (audio < 0) {
        return false;
    }
    keep_half();
    is_given = false;
    is_listening = true;
    return true;
}

void eb_port_audio_stop(void)
{
    keep_half();
    is_given = false;
    is_listening = false;
    say_heard();
}

bool eb_port_audio_read(int16_t *samples, uint32_t count)
{
    if (is_given) {
        is_given = false;
        say_heard();
    }
    take(count * SAMPLE_BYTES);
    if (held < (count * SAMPLE_BYTES)) {
        report_when_quiet();
        return false;
    }
    for (uint32_t index = 0U; index < count; index++) {
        uint32_t low = bytes[SAMPLE_BYTES * index];
        uint32_t high = bytes[(SAMPLE_BYTES * index) + 1U];
        samples[index] = (int16_t)(uint16_t)(low | (high << 8));
    }
    held = 0U;
    is_given = true;
    return true;
}

/* Writing a line takes instructions that a pin does not: the clock stands still for it. */
static void say_pin(const char *name, bool is_high)
{
    uint64_t now = eb_mps2_ticks();
    put_text("pin ");
    put_text(name);
    put_text(is_high ? " 1 " : " 0 ");
    put_number(taken / SAMPLE_BYTES);
    put(' ');
    put_number(((now - since_ticks) * NS_PER_US) / TICKS_TO_US_DIVISOR);
    end_line();
    since_ticks += eb_mps2_ticks() - now;
}

void eb_port_set_detected(bool is_high)
{
    say_pin("WW_DETECTED", is_high);
}

void eb_port_set_processing(bool is_high)
{
    say_pin("PROCESSING", is_high);
}

#else

void eb_mps2_audio_begin(void)
{
}

void eb_mps2_audio_discard(void)
{
}

#endif
