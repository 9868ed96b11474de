/* Rows of so few values are not worth a loop each: what two pixels see is gathered, as differences
 * from the zero point, and then all channels of both are computed. */
#include "eb_conv_small.h"

#include "eb_finish.h"
#include "eb_sums.h"
#include "eb_windows.h"

#define PIXELS 2
#define VALUES (PIXELS * EB_SMALL_TAPS)

/* Write what an output sees, zeros for what lies outside; returns the place behind it. */
static int16_t *gather(const struct eb_conv *layer, const int8_t *input, int32_t pixel,
                       int16_t *values)
{
    const struct eb_window *window = &layer->window;
    int32_t channels = layer->input.channels;
    int32_t zero = layer->weighted.input_zero_point;
    int32_t row = pixel / layer->output.width;
    int32_t top = (row * window->stride_height) - window->pad_top;
    int32_t left =
        ((pixel - (row * layer->output.width)) * window->stride_width) - window->pad_left;
    int16_t *next = values;
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = top + (y * window->dilation_height);
        bool is_inside = (in_y >= 0) && (in_y < layer->input.height);
        for (int32_t x = 0; x < window->width; x++) {
            int32_t in_x = left + (x * window->dilation_width);
            int32_t from = ((in_y * layer->input.width) + in_x) * channels;
            if (is_inside && (in_x >= 0) && (in_x < layer->input.width)) {
                for (int32_t i = 0; i < channels; i++) {
                    *next = (int16_t)((int32_t)input[from + i] - zero);
                    next++;
                }
            } else {
                for (int32_t i = 0; i < channels; i++) {
                    *next = 0;
                    next++;
                }
            }
        }
    }
    return next;
}

/* A channel of two pixels. */
static void finish_channel(const struct eb_weighted *weighted, int32_t channel, int32_t left,
                           int32_t right, int8_t *output, int8_t *behind)
{
    struct eb_finish own = eb_finish_of(weighted, channel);
    *behind = eb_finished(&own, right, own.bias);
    *output = eb_finished(&own, left, own.bias);
}

void eb_conv_small(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    int16_t values[VALUES];
    int32_t taps = (layer->window.height * layer->window.width) * layer->depth;
    int32_t channels = layer->output.channels;
    int32_t pixels = layer->output.height * layer->output.width;
    int8_t *next = output;
    for (int32_t pixel = 0; pixel < pixels; pixel += PIXELS) {
        /* Of an odd number the last one is computed twice. */
        int32_t behind = pixel + 1;
        int32_t other = (behind < pixels) ? behind : pixel;
        int32_t apart = (other - pixel) * channels;
        int16_t *right = gather(layer, input, pixel, values);
        int32_t channel = 0;
        (void)gather(layer, input, other, right);
        while (channel < channels) {
            int32_t second = ((channel + 1) < channels) ? 1 : 0;
            int32_t own = channel * taps;
            struct eb_sums_2_by_2 sums =
                eb_dots_2_by_2(&layer->weighted.weights[own], second * taps, values, taps);
            finish_channel(&layer->weighted, channel, sums.first_left, sums.first_right,
                           &next[channel], &next[channel + apart]);
            channel += second;
            finish_channel(&layer->weighted, channel, sums.second_left, sums.second_right,
                           &next[channel], &next[channel + apart]);
            channel++;
        }
        next += PIXELS * channels;
    }
}
