/* Binary frames: COBS (Cheshire and Baker 1999), ended by a zero byte, with a CRC-32 inside.
 *
 * A frame's content is a number (2 bytes, little-endian), data, and the CRC-32 of both (4 bytes,
 * little-endian).
 */
#ifndef EB_FRAME_H
#define EB_FRAME_H

#include <stdint.h>

#define EB_FRAME_DATA_BYTES 240U
#define EB_FRAME_HEAD_BYTES 2U
#define EB_FRAME_TAIL_BYTES 4U
#define EB_FRAME_CONTENT_BYTES (EB_FRAME_HEAD_BYTES + EB_FRAME_DATA_BYTES + EB_FRAME_TAIL_BYTES)

enum eb_frame_result { EB_FRAME_UNFINISHED, EB_FRAME_WHOLE, EB_FRAME_DAMAGED };

struct eb_frame {
    uint8_t content[EB_FRAME_CONTENT_BYTES];
    uint32_t count;     /* bytes of content so far */
    uint32_t left;      /* bytes until the next code byte */
    uint32_t zero_next; /* whether a zero belongs before what the next code byte begins */
    uint32_t damaged;   /* too long, or cut off inside a block */
};

void eb_frame_begin(struct eb_frame *frame);

/* Take a byte. A whole frame's number and data can be read until the next call. */
enum eb_frame_result eb_frame_take(struct eb_frame *frame, uint8_t byte);

uint32_t eb_frame_number(const struct eb_frame *frame);
const uint8_t *eb_frame_data(const struct eb_frame *frame);

/* Bytes of data of a whole frame. */
uint32_t eb_frame_data_bytes(const struct eb_frame *frame);

#endif
