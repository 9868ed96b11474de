#include "eb_crc32.h"

uint32_t eb_crc32_of(const uint8_t *bytes, uint32_t count)
{
    /* Four bits at a time: 64 bytes of table, and fast enough for any serial line. */
    static const uint32_t table[16] = {
        0x00000000U, 0x1DB71064U, 0x3B6E20C8U, 0x26D930ACU, 0x76DC4190U, 0x6B6B51F4U,
        0x4DB26158U, 0x5005713CU, 0xEDB88320U, 0xF00F9344U, 0xD6D6A3E8U, 0xCB61B38CU,
        0x9B64C2B0U, 0x86D3D2D4U, 0xA00AE278U, 0xBDBDF21CU,
    };
    uint32_t crc = 0xFFFFFFFFU;
    uint32_t index;
    for (index = 0U; index < count; index++) {
        crc ^= bytes[index];
        crc = (crc >> 4) ^ table[crc & 0x0FU];
        crc = (crc >> 4) ^ table[crc & 0x0FU];
    }
    return ~crc;
}
