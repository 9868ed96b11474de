#include <stdbool.h>
#include <stddef.h>

#include "eb_lines.h"

#define TAPS 3
#define TOGETHER 4

/* One direction of the input and the output: bytes are those from a place to the next one. */
struct axis {
    int32_t inputs;
    int32_t input_bytes;
    int32_t outputs;
    int32_t output_bytes;
    int32_t stride;
    int32_t pad;
};

static struct axis across_rows(const struct eb_geometry *shape)
{
    struct axis axis;
    axis.inputs = shape->input.height;
    axis.input_bytes = shape->input.width * shape->input.channels;
    axis.outputs = shape->output.height;
    axis.output_bytes = shape->output.width * shape->output.channels;
    axis.stride = shape->window.stride_height;
    axis.pad = shape->window.pad_top;
    return axis;
}

static struct axis along_rows(const struct eb_geometry *shape)
{
    struct axis axis;
    axis.inputs = shape->input.width;
    axis.input_bytes = shape->input.channels;
    axis.outputs = shape->output.width;
    axis.output_bytes = shape->output.channels;
    axis.stride = shape->window.stride_width;
    axis.pad = shape->window.pad_left;
    return axis;
}

static uint32_t doubled_weight(const int32_t *group, int32_t tap, int32_t channel)
{
    uint32_t pair = (uint32_t)group[(2 * tap) + (channel & 1)];
    if ((channel & 2) != 0) {
        pair >>= 16;
    }
    return (pair << 1) & 0xFFFFU;
}

/* Set a channel up, the first of whose group of four is given. */
static void set_up(const struct eb_dsp_depthwise *layer, int32_t first, int32_t channel,
                   struct eb_lines_channel *to)
{
    int32_t lines = layer->geometry.window.height;
    const int32_t *group = &layer->weights[(first / 2) * (lines * lines)];
    int32_t next = (layer->lines == EB_ROWS) ? 1 : lines;
    int32_t next_line = (layer->lines == EB_ROWS) ? lines : 1;
    for (int32_t line = 0; line < lines; line++) {
        int32_t tap = next_line * line;
        uint32_t second = doubled_weight(group, tap + next, channel);
        uint32_t pair = doubled_weight(group, tap, channel) | (second << 16);
        to->weights[2 * line] = (int32_t)pair;
        pair = second | (doubled_weight(group, tap + (2 * next), channel) << 16);
        to->weights[(2 * line) + 1] = (int32_t)pair;
    }
    to->scale = layer->scales[first + channel];
    to->bias = 2 * layer->bias[first + channel];
}

/* The first steps of a line, and the last one where it has fewer than four outputs. */
static void set_line_up(const struct axis *along, struct eb_lines_step *steps,
                        struct eb_lines_line *line)
{
    int32_t rest = along->outputs % TOGETHER;
    for (int32_t other = 1; other < TOGETHER; other++) {
        int32_t place = other * along->output_bytes;
        steps[0].others[other - 1] = place;
        steps[1].others[other - 1] = (other < rest) ? place : 0;
    }
    line->stride = along->stride;
    line->step = &steps[0];
    line->last = (rest != 0) ? &steps[1] : NULL;
    if (along->outputs < TOGETHER) {
        line->step = &steps[1];
        line->last = NULL;
    }
}

void eb_depthwise_by_lines(const struct eb_dsp_depthwise *depthwise, const int8_t *input,
                           int8_t *output, void *scratch)
{
    const struct eb_geometry *shape = &depthwise->geometry;
    bool turned = depthwise->lines == EB_COLUMNS;
    struct axis rows = across_rows(shape);
    struct axis row = along_rows(shape);
    struct axis across = turned ? row : rows;
    struct axis along = turned ? rows : row;
    int32_t taps = shape->window.height;
    int32_t steps = (along.outputs + (TOGETHER - 1)) / TOGETHER;
    int32_t length = (TOGETHER * steps * along.stride) + 2;
    int16_t *outside = scratch;
    int16_t *kept = &outside[length]; /* three lines of four channels in turn */
    struct eb_lines_step offsets[2];
    struct eb_lines_line line;
    int32_t whole_bytes = (along.outputs - (along.outputs % TOGETHER)) * along.output_bytes;
    int32_t count = (along.inputs < (length - along.pad)) ? along.inputs : (length - along.pad);
    set_line_up(&along, offsets, &line);
    if (along.outputs < TOGETHER) {
        whole_bytes = TOGETHER * offsets[1].others[0];
    }
    for (int32_t index = 0; index < (length * (1 + (TAPS * TOGETHER))); index++) {
        outside[index] = (int16_t)shape->input_zero_point;
    }
    for (int32_t first = 0; first < shape->output.channels; first += TOGETHER) {
        struct eb_lines_channel channels[TOGETHER];
        int32_t left = shape->output.channels - first;
        int32_t together = (left < TOGETHER) ? left : TOGETHER;
        int32_t next = 0;
        for (int32_t channel = 0; channel < together; channel++) {
            set_up(depthwise, first, channel, &channels[channel]);
        }
        for (int32_t place = 0; place < across.outputs; place++) {
            int32_t apart[TAPS]; /* from a channel's line to the next one's */
            for (int32_t tap = 0; tap < taps; tap++) {
                int32_t from = (place * across.stride) - across.pad + tap;
                bool is_inside = (from >= 0) && (from < across.inputs);
                int16_t *to = is_inside ? &kept[(from % TAPS) * TOGETHER * length] : outside;
                if (is_inside && (from >= next)) {
                    eb_widen_line(&input[(from * across.input_bytes) + first], along.input_bytes,
                                  count, &to[along.pad], 2 * length);
                    next = from + 1;
                }
                line.inputs[tap] = to;
                apart[tap] = is_inside ? length : 0;
            }
            line.output = &output[(place * across.output_bytes) + first];
            for (int32_t channel = 0; channel < together; channel++) {
                line.end = &line.output[whole_bytes];
                if (line.stride == 1) {
                    eb_depthwise_line(&channels[channel], &line);
                } else {
                    eb_depthwise_line_of_2(&channels[channel], &line);
                }
                line.output++;
                for (int32_t tap = 0; tap < taps; tap++) {
                    line.inputs[tap] = &line.inputs[tap][apart[tap]];
                }
            }
        }
    }
}
