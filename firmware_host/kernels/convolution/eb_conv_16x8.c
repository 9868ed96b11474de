/* Convolutions of int16 with weights of int8, whose sums have 64 bits.
 *
 * conv_sum reads as sum_at of eb_conv_some.c does, which has int8 and 32 bits: a shared function
 * would ask for the width at each product, or add in 64 bits where 32 are enough. */
#include <stddef.h>

#include "eb_convolution.h"
#include "eb_fixed_point.h"

/* A convolution's sum, in the output's own numbers. */
static int16_t finished(const struct eb_weighted_16x8 *weighted, int32_t channel, int64_t sum)
{
    int64_t whole = sum;
    int32_t multiplier = weighted->multipliers[channel];
    int32_t shift = weighted->shifts[channel];
    int32_t value;
    if (weighted->bias != NULL) {
        whole += weighted->bias[channel];
    }
    value = weighted->rounds_twice ? eb_scaled((int32_t)whole, multiplier, shift)
                                   : eb_scaled_wide(whole, multiplier, shift);
    return (int16_t)eb_clamped(value, weighted->output.low, weighted->output.high);
}

/* The sum of one output of a convolution: the window's corner is at (top, left), which may lie
 * outside; `input` begins at the first channel that the output sees. */
static int64_t conv_sum(const struct eb_conv_16x8 *layer, const int16_t *input,
                        const int8_t *weights, int32_t top, int32_t left)
{
    const struct eb_window *window = &layer->window;
    int32_t zero = layer->weighted.input_zero_point;
    int64_t sum = 0;
    const int8_t *next = weights;
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = top + (y * window->dilation_height);
        if ((in_y < 0) || (in_y >= layer->input.height)) {
            next += window->width * layer->depth;
        } else {
            for (int32_t x = 0; x < window->width; x++) {
                int32_t in_x = left + (x * window->dilation_width);
                if ((in_x >= 0) && (in_x < layer->input.width)) {
                    int32_t pixel = (in_y * layer->input.width) + in_x;
                    const int16_t *from = &input[pixel * layer->input.channels];
                    for (int32_t i = 0; i < layer->depth; i++) {
                        int32_t value = (int32_t)from[i] - zero;
                        sum += (int64_t)next[i] * value;
                    }
                }
                next += layer->depth;
            }
        }
    }
    return sum;
}

void eb_conv_2d_16x8(const struct eb_conv_16x8 *layer, const int16_t *input, int16_t *output)
{
    const struct eb_window *window = &layer->window;
    int32_t taps = window->height * window->width * layer->depth;
    int32_t per_group = (layer->output.channels * layer->depth) / layer->input.channels;
    int16_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            const int8_t *weights = layer->weighted.weights;
            const int16_t *group = input;
            int32_t group_end = per_group;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                if (channel == group_end) {
                    group += layer->depth;
                    group_end += per_group;
                }
                *next =
                    finished(&layer->weighted, channel, conv_sum(layer, group, weights, top, left));
                next++;
                weights += taps;
            }
        }
    }
}

/* The same of one channel of a depthwise convolution. */
static int64_t depthwise_sum(const struct eb_conv_16x8 *layer, const int16_t *input,
                             const int8_t *weights, int32_t top, int32_t left)
{
    const struct eb_window *window = &layer->window;
    int32_t channels = layer->output.channels;
    int32_t zero = layer->weighted.input_zero_point;
    int64_t sum = 0;
    const int8_t *next = weights;
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = top + (y * window->dilation_height);
        if ((in_y < 0) || (in_y >= layer->input.height)) {
            next += window->width * channels;
        } else {
            for (int32_t x = 0; x < window->width; x++) {
                int32_t in_x = left + (x * window->dilation_width);
                if ((in_x >= 0) && (in_x < layer->input.width)) {
                    int32_t pixel = (in_y * layer->input.width) + in_x;
                    int32_t value = (int32_t)input[pixel * layer->input.channels] - zero;
                    sum += (int64_t)*next * value;
                }
                next += channels;
            }
        }
    }
    return sum;
}

void eb_depthwise_conv_2d_16x8(const struct eb_conv_16x8 *layer, const int16_t *input,
                               int16_t *output)
{
    const struct eb_window *window = &layer->window;
    int32_t times = layer->output.channels / layer->input.channels;
    int16_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            const int16_t *from = input;
            int32_t from_end = times;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                if (channel == from_end) {
                    from++;
                    from_end += times;
                }
                *next = finished(
                    &layer->weighted, channel,
                    depthwise_sum(layer, from, &layer->weighted.weights[channel], top, left));
                next++;
            }
        }
    }
}

void eb_fully_connected_16x8(const struct eb_dense_16x8 *layer, const int16_t *input,
                             int16_t *output)
{
    int32_t zero = layer->weighted.input_zero_point;
    for (int32_t row = 0; row < layer->rows; row++) {
        const int16_t *values = &input[row * layer->inputs];
        const int8_t *weights = layer->weighted.weights;
        for (int32_t channel = 0; channel < layer->outputs; channel++) {
            int64_t sum = 0;
            for (int32_t i = 0; i < layer->inputs; i++) {
                int32_t value = (int32_t)values[i] - zero;
                sum += (int64_t)weights[i] * value;
            }
            output[(row * layer->outputs) + channel] = finished(&layer->weighted, channel, sum);
            weights += layer->inputs;
        }
    }
}

/* The sum of one output of a transposed convolution; (y, x) is its place with the padding added. */
static int64_t gathered(const struct eb_transpose_conv_16x8 *layer, const int16_t *input,
                        const int8_t *weights, int32_t y, int32_t x)
{
    const struct eb_window *window = &layer->window;
    const struct eb_shape *shape = &layer->input;
    int64_t sum = 0;
    for (int32_t tap_y = y % window->stride_height; (tap_y < window->height) && (tap_y <= y);
         tap_y += window->stride_height) {
        int32_t row = (y - tap_y) / window->stride_height;
        if (row < shape->height) {
            for (int32_t tap_x = x % window->stride_width; (tap_x < window->width) && (tap_x <= x);
                 tap_x += window->stride_width) {
                int32_t column = (x - tap_x) / window->stride_width;
                if (column < shape->width) {
                    const int16_t *from = &input[((row * shape->width) + column) * shape->channels];
                    const int8_t *by =
                        &weights[((tap_y * window->width) + tap_x) * shape->channels];
                    for (int32_t i = 0; i < shape->channels; i++) {
                        int32_t product = (int32_t)by[i] * (int32_t)from[i];
                        sum += product;
                    }
                }
            }
        }
    }
    return sum;
}

void eb_transpose_conv_2d_16x8(const struct eb_transpose_conv_16x8 *layer, const int16_t *input,
                               int16_t *output)
{
    const struct eb_window *window = &layer->window;
    int32_t taps = window->height * window->width * layer->input.channels;
    int16_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                int64_t sum = gathered(layer, input, &layer->weighted.weights[channel * taps],
                                       row + window->pad_top, column + window->pad_left);
                *next = finished(&layer->weighted, channel, sum);
                next++;
            }
        }
    }
}
