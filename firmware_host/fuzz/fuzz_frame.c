/* Give the decoder of frames any bytes, and frames that an encoder of its own makes of them.
 *
 * What the decoder calls whole must be what the encoder makes of it again; after any bytes and a
 * zero, a sound frame must be found whole at its last byte, with what was put into it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "eb_frame.h"

/* A code byte per 254 bytes of content, one more, and the zero at the end. */
#define LONGEST (EB_FRAME_CONTENT_BYTES + 4U)

static void must(int is_so)
{
    if (!is_so) {
        abort();
    }
}

/* The CRC-32 bit by bit, without the firmware's table. */
static uint32_t checksum(const uint8_t *bytes, uint32_t count)
{
    uint32_t sum = 0xFFFFFFFFU;
    uint32_t index;
    for (index = 0U; index < count; index++) {
        int bit;
        sum ^= bytes[index];
        for (bit = 0; bit < 8; bit++) {
            sum = (sum >> 1) ^ (((sum & 1U) != 0U) ? 0xEDB88320U : 0U);
        }
    }
    return ~sum;
}

static uint32_t encode(const uint8_t *content, uint32_t count, uint8_t *encoded)
{
    uint32_t code = 0U; /* where the current code byte stands */
    uint32_t length = 1U;
    uint32_t index;
    for (index = 0U; index < count; index++) {
        if (content[index] != 0U) {
            encoded[length] = content[index];
            length++;
        }
        if ((content[index] == 0U) || ((length - code) == 255U)) {
            encoded[code] = (uint8_t)(length - code);
            code = length;
            length++;
        }
    }
    encoded[code] = (uint8_t)(length - code);
    encoded[length] = 0U;
    return length + 1U;
}

static void must_come_through(struct eb_frame *frame, const uint8_t *bytes, uint32_t count)
{
    uint8_t content[EB_FRAME_CONTENT_BYTES];
    uint8_t encoded[LONGEST];
    uint32_t sum = checksum(bytes, count);
    uint32_t length;
    uint32_t index;
    (void)memcpy(content, bytes, count);
    for (index = 0U; index < EB_FRAME_TAIL_BYTES; index++) {
        content[count + index] = (uint8_t)(sum >> (8U * index));
    }
    length = encode(content, count + EB_FRAME_TAIL_BYTES, encoded);
    for (index = 0U; index < (length - 1U); index++) {
        must(eb_frame_take(frame, encoded[index]) == EB_FRAME_UNFINISHED);
    }
    must(eb_frame_take(frame, 0U) == EB_FRAME_WHOLE);
    must(eb_frame_number(frame) == ((uint32_t)bytes[0] | ((uint32_t)bytes[1] << 8)));
    must(eb_frame_data_bytes(frame) == (count - EB_FRAME_HEAD_BYTES));
    must(memcmp(eb_frame_data(frame), &bytes[EB_FRAME_HEAD_BYTES], count - EB_FRAME_HEAD_BYTES) ==
         0);
}

static void must_be_sound(const struct eb_frame *frame)
{
    struct eb_frame again;
    uint8_t bytes[EB_FRAME_HEAD_BYTES + EB_FRAME_DATA_BYTES];
    uint32_t number = eb_frame_number(frame);
    uint32_t count = eb_frame_data_bytes(frame);
    must(count <= EB_FRAME_DATA_BYTES);
    bytes[0] = (uint8_t)number;
    bytes[1] = (uint8_t)(number >> 8);
    (void)memcpy(&bytes[EB_FRAME_HEAD_BYTES], eb_frame_data(frame), count);
    eb_frame_begin(&again);
    must_come_through(&again, bytes, count + EB_FRAME_HEAD_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct eb_frame frame;
    size_t index;
    uint32_t most = EB_FRAME_HEAD_BYTES + EB_FRAME_DATA_BYTES;
    eb_frame_begin(&frame);
    for (index = 0U; index < count; index++) {
        if (eb_frame_take(&frame, bytes[index]) == EB_FRAME_WHOLE) {
            must_be_sound(&frame);
        }
    }
    (void)eb_frame_take(&frame, 0U);
    if (count >= EB_FRAME_HEAD_BYTES) {
        must_come_through(&frame, bytes, (count < most) ? (uint32_t)count : most);
    }
    return 0;
}
