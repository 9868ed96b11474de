/* CRC-32 as Ethernet and zlib have it (reflected 0x04C11DB7). */
#ifndef EB_CRC32_H
#define EB_CRC32_H

#include <stdint.h>

/* Return the checksum of `count` bytes, 0 or more. Keeps no state: interrupts may call it too. */
uint32_t eb_crc32_of(const uint8_t *bytes, uint32_t count);

#endif
