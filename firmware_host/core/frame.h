/* Binary frames: COBS (Cheshire and Baker 1999), ended by a zero byte, with a CRC-32 inside.
 *
 * A frame's content is a number (2 bytes, little-endian), data, and the CRC-32 of both (4 bytes,
 * little-endian).
 */
#ifndef EDGEBENCH_FRAME_H
#define EDGEBENCH_FRAME_H

#include <stdint.h>

#define FRAME_DATA_BYTES 240U
#define FRAME_HEAD_BYTES 2U
#define FRAME_TAIL_BYTES 4U
#define FRAME_CONTENT_BYTES (FRAME_HEAD_BYTES + FRAME_DATA_BYTES + FRAME_TAIL_BYTES)

enum frame_result { FRAME_UNFINISHED, FRAME_WHOLE, FRAME_DAMAGED };

struct frame {
    uint8_t content[FRAME_CONTENT_BYTES];
    uint32_t count;     /* bytes of content so far */
    uint32_t left;      /* bytes until the next code byte */
    uint32_t zero_next; /* whether a zero belongs before what the next code byte begins */
    uint32_t damaged;   /* too long, or cut off inside a block */
};

void frame_begin(struct frame *frame);

/* Take a byte. A whole frame's number and data can be read until the next call. */
enum frame_result frame_take(struct frame *frame, uint8_t byte);

uint32_t frame_number(const struct frame *frame);
const uint8_t *frame_data(const struct frame *frame);

/* Bytes of data of a whole frame. */
uint32_t frame_data_bytes(const struct frame *frame);

#endif
