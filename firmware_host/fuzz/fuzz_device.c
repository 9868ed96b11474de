/* Give the device any bytes: what libFuzzer calls, and a port that keeps nothing. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "eb_device.h"
#include "eb_port.h"

const char eb_port_name[] = "fuzz";

static uint32_t now_us;

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
    static volatile uint8_t sink;
    uint32_t index;
    for (index = 0U; index < count; index++) {
        sink = bytes[index];
    }
    (void)sink;
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

void eb_model_invoke(const int8_t *input, int8_t *output);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    size_t index;
    for (index = 0U; index < count; index++) {
        eb_device_take(bytes[index]);
        /* Two bytes that no text has stand for a silence, long enough for every timeout. */
        if (bytes[index] == 0xFEU) {
            now_us += 3000000U;
        }
        eb_device_idle();
    }
    return 0;
}
