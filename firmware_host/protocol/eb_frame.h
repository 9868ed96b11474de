/* Binary frames: COBS (Cheshire and Baker 1999), ended by a zero byte, with a CRC-32 inside.
 *
 * A frame's content is a number (2 bytes, little-endian), data, and the CRC-32 of both (4 bytes,
 * little-endian).
 */
#ifndef EB_FRAME_H
#define EB_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define EB_FRAME_DATA_BYTES 240U
#define EB_FRAME_HEAD_BYTES 2U
#define EB_FRAME_TAIL_BYTES 4U
/* The number of the frame without data that asks which ones are missing. */
#define EB_FRAME_REPORT 0xFFFFU
#define EB_FRAME_CONTENT_BYTES (EB_FRAME_HEAD_BYTES + EB_FRAME_DATA_BYTES + EB_FRAME_TAIL_BYTES)

enum eb_frame_result { EB_FRAME_UNFINISHED, EB_FRAME_WHOLE, EB_FRAME_DAMAGED };

/* What the next code byte begins. */
enum eb_frame_state {
    EB_FRAME_BEGINS,     /* a frame */
    EB_FRAME_AFTER_ZERO, /* a block that a zero of the content comes before */
    EB_FRAME_GOES_ON     /* a block without one: the block before was a full one of 254 bytes */
};

struct eb_frame {
    uint8_t content[EB_FRAME_CONTENT_BYTES];
    uint32_t count; /* bytes of content so far */
    uint32_t left;  /* bytes until the next code byte */
    enum eb_frame_state state;
    bool is_damaged; /* too long */
};

/* Begin with an empty frame, whatever came before. */
void eb_frame_begin(struct eb_frame *frame);

/* Take a byte of any value. A whole frame's number and data can be read until the next call; after
 * a damaged one the next frame begins. */
enum eb_frame_result eb_frame_take(struct eb_frame *frame, uint8_t byte);

/* Of a frame that eb_frame_take has called whole: its number, its data, and 0 to
 * EB_FRAME_DATA_BYTES as their count. */
uint32_t eb_frame_number(const struct eb_frame *frame);
const uint8_t *eb_frame_data(const struct eb_frame *frame);
uint32_t eb_frame_data_bytes(const struct eb_frame *frame);

#endif
