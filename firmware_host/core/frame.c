#include "frame.h"

#include "crc32.h"

void frame_begin(struct frame *frame)
{
    frame->count = 0U;
    frame->left = 0U;
    frame->zero_next = 0U;
    frame->damaged = 0U;
}

static void append(struct frame *frame, uint8_t byte)
{
    if (frame->count < FRAME_CONTENT_BYTES) {
        frame->content[frame->count] = byte;
        frame->count++;
    } else {
        frame->damaged = 1U;
    }
}

static int32_t is_whole(const struct frame *frame)
{
    uint32_t body;
    const uint8_t *tail;
    uint32_t sent;
    if ((frame->damaged != 0U) || (frame->left != 0U) ||
        (frame->count < (FRAME_HEAD_BYTES + FRAME_TAIL_BYTES))) {
        return 0;
    }
    body = frame->count - FRAME_TAIL_BYTES;
    tail = &frame->content[body];
    sent = (uint32_t)tail[0] | ((uint32_t)tail[1] << 8) | ((uint32_t)tail[2] << 16) |
           ((uint32_t)tail[3] << 24);
    return (crc32_of(frame->content, body) == sent) ? 1 : 0;
}

enum frame_result frame_take(struct frame *frame, uint8_t byte)
{
    enum frame_result result = FRAME_UNFINISHED;
    if (byte == 0U) {
        uint32_t count = frame->count;
        result = (is_whole(frame) != 0) ? FRAME_WHOLE : FRAME_DAMAGED;
        frame_begin(frame);
        frame->count = (result == FRAME_WHOLE) ? count : 0U;
        /* The content stays readable: the next code byte starts it anew. */
        frame->zero_next = 2U;
    } else if (frame->left == 0U) {
        if (frame->zero_next == 2U) {
            frame->count = 0U;
        } else if (frame->zero_next == 1U) {
            append(frame, 0U);
        } else {
            /* the block before was a full one of 254: no zero between */
        }
        frame->left = (uint32_t)byte - 1U;
        frame->zero_next = (byte == 0xFFU) ? 0U : 1U;
    } else {
        append(frame, byte);
        frame->left--;
    }
    return result;
}

uint32_t frame_number(const struct frame *frame)
{
    return (uint32_t)frame->content[0] | ((uint32_t)frame->content[1] << 8);
}

const uint8_t *frame_data(const struct frame *frame)
{
    return &frame->content[FRAME_HEAD_BYTES];
}

uint32_t frame_data_bytes(const struct frame *frame)
{
    return frame->count - FRAME_HEAD_BYTES - FRAME_TAIL_BYTES;
}
