#include "eb_crc32.h"

#define POLYNOMIAL 0xEDB88320U

uint32_t eb_crc32_of(const uint8_t *bytes, uint32_t count)
{
    /* Four bits at a time: 64 bytes of table, and fast enough beside any serial line. */
    static uint32_t table[16];
    static int32_t made = 0;
    uint32_t crc = 0xFFFFFFFFU;
    uint32_t index;
    if (made == 0) {
        for (index = 0U; index < 16U; index++) {
            uint32_t value = index;
            uint32_t bit;
            for (bit = 0U; bit < 4U; bit++) {
                value = ((value & 1U) != 0U) ? ((value >> 1) ^ POLYNOMIAL) : (value >> 1);
            }
            table[index] = value;
        }
        made = 1;
    }
    for (index = 0U; index < count; index++) {
        crc ^= bytes[index];
        crc = (crc >> 4) ^ table[crc & 0x0FU];
        crc = (crc >> 4) ^ table[crc & 0x0FU];
    }
    return ~crc;
}
