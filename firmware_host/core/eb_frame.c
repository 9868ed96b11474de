#include "eb_frame.h"

#include "eb_crc32.h"

void eb_frame_begin(struct eb_frame *frame)
{
    frame->count = 0U;
    frame->left = 0U;
    frame->zero_next = 0U;
    frame->damaged = 0U;
}

static void append(struct eb_frame *frame, uint8_t byte)
{
    if (frame->count < EB_FRAME_CONTENT_BYTES) {
        frame->content[frame->count] = byte;
        frame->count++;
    } else {
        frame->damaged = 1U;
    }
}

static int32_t is_whole(const struct eb_frame *frame)
{
    uint32_t body;
    const uint8_t *tail;
    uint32_t sent;
    if ((frame->damaged != 0U) || (frame->left != 0U) ||
        (frame->count < (EB_FRAME_HEAD_BYTES + EB_FRAME_TAIL_BYTES))) {
        return 0;
    }
    body = frame->count - EB_FRAME_TAIL_BYTES;
    tail = &frame->content[body];
    sent = (uint32_t)tail[0] | ((uint32_t)tail[1] << 8) | ((uint32_t)tail[2] << 16) |
           ((uint32_t)tail[3] << 24);
    return (eb_crc32_of(frame->content, body) == sent) ? 1 : 0;
}

enum eb_frame_result eb_frame_take(struct eb_frame *frame, uint8_t byte)
{
    enum eb_frame_result result = EB_FRAME_UNFINISHED;
    if (byte == 0U) {
        uint32_t count = frame->count;
        result = (is_whole(frame) != 0) ? EB_FRAME_WHOLE : EB_FRAME_DAMAGED;
        eb_frame_begin(frame);
        frame->count = (result == EB_FRAME_WHOLE) ? count : 0U;
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
