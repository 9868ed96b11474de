#include "eb_frame.h"

#include "eb_crc32.h"

/* The code byte of a block of 254 bytes that no zero follows. */
#define FULL_BLOCK 0xFFU

void eb_frame_begin(struct eb_frame *frame)
{
    frame->count = 0U;
    frame->left = 0U;
    frame->state = EB_FRAME_BEGINS;
    frame->is_damaged = false;
}

static void append(struct eb_frame *frame, uint8_t byte)
{
    if (frame->count < EB_FRAME_CONTENT_BYTES) {
        frame->content[frame->count] = byte;
        frame->count++;
    } else {
        frame->is_damaged = true;
    }
}

static bool is_whole(const struct eb_frame *frame)
{
    uint32_t body;
    const uint8_t *tail;
    uint32_t sent;
    if (frame->is_damaged || (frame->left != 0U) ||
        (frame->count < (EB_FRAME_HEAD_BYTES + EB_FRAME_TAIL_BYTES))) {
        return false;
    }
    body = frame->count - EB_FRAME_TAIL_BYTES;
    tail = &frame->content[body];
    sent = (uint32_t)tail[0] | ((uint32_t)tail[1] << 8) | ((uint32_t)tail[2] << 16) |
           ((uint32_t)tail[3] << 24);
    return eb_crc32_of(frame->content, body) == sent;
}

enum eb_frame_result eb_frame_take(struct eb_frame *frame, uint8_t byte)
{
    enum eb_frame_result result = EB_FRAME_UNFINISHED;
    if (byte == 0U) {
        uint32_t count = frame->count;
        result = is_whole(frame) ? EB_FRAME_WHOLE : EB_FRAME_DAMAGED;
        eb_frame_begin(frame);
        /* The content stays readable until the next code byte. */
        frame->count = (result == EB_FRAME_WHOLE) ? count : 0U;
    } else if (frame->left == 0U) {
        if (frame->state == EB_FRAME_BEGINS) {
            frame->count = 0U;
        } else if (frame->state == EB_FRAME_AFTER_ZERO) {
            append(frame, 0U);
        } else {
            /* the content goes on without a zero */
        }
        frame->left = (uint32_t)byte - 1U;
        frame->state = (byte == FULL_BLOCK) ? EB_FRAME_GOES_ON : EB_FRAME_AFTER_ZERO;
    } else {
        append(frame, byte);
        frame->left--;
    }
    return result;
}

uint32_t eb_frame_number(const struct eb_frame *frame)
{
    return (uint32_t)frame->content[0] | ((uint32_t)frame->content[1] << 8);
}

const uint8_t *eb_frame_data(const struct eb_frame *frame)
{
    return &frame->content[EB_FRAME_HEAD_BYTES];
}

uint32_t eb_frame_data_bytes(const struct eb_frame *frame)
{
    return frame->count - EB_FRAME_HEAD_BYTES - EB_FRAME_TAIL_BYTES;
}
