#include <stddef.h>

#include "eb_fixed_point.h"
#include "eb_kernels.h"

/* A sum of products in the output's own numbers. */
static int8_t finished(const struct eb_weighted *weighted, int32_t channel, int32_t sum)
{
    int32_t value = sum;
    if (weighted->bias != NULL) {
        value += weighted->bias[channel];
    }
    value = eb_scaled(value, weighted->multipliers[channel], weighted->shifts[channel]);
    value += weighted->output_zero_point;
    return (int8_t)eb_clamped(value, weighted->output.low, weighted->output.high);
}

/* The sum of one output of a convolution: the window's corner is at (top, left), which may lie
 * outside; `input` begins at the first channel that the output sees. */
static int32_t conv_sum(const struct eb_conv *layer, const int8_t *input, const int8_t *weights,
                        int32_t top, int32_t left)
{
    const struct eb_window *window = &layer->window;
    int32_t zero = layer->weighted.input_zero_point;
    int32_t sum = 0;
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
                    const int8_t *from = &input[pixel * layer->input.channels];
                    for (int32_t i = 0; i < layer->depth; i++) {
                        sum += (int32_t)next[i] * ((int32_t)from[i] - zero);
                    }
                }
                next += layer->depth;
            }
        }
    }
    return sum;
}

void eb_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    const struct eb_window *window = &layer->window;
    int32_t taps = window->height * window->width * layer->depth;
    int32_t per_group = (layer->output.channels * layer->depth) / layer->input.channels;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            const int8_t *weights = layer->weighted.weights;
            const int8_t *group = input;
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
static int32_t depthwise_sum(const struct eb_conv *layer, const int8_t *input,
                             const int8_t *weights, int32_t top, int32_t left)
{
    const struct eb_window *window = &layer->window;
    int32_t channels = layer->output.channels;
    int32_t zero = layer->weighted.input_zero_point;
    int32_t sum = 0;
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
                    sum += (int32_t)*next * ((int32_t)input[pixel * layer->input.channels] - zero);
                }
                next += channels;
            }
        }
    }
    return sum;
}

void eb_depthwise_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    const struct eb_window *window = &layer->window;
    int32_t times = layer->output.channels / layer->input.channels;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            const int8_t *from = input;
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

void eb_conv_2d_some(const struct eb_some_channels *layer, const int8_t *input, int8_t *output)
{
    const struct eb_conv *conv = &layer->conv;
    const struct eb_window *window = &conv->window;
    int32_t taps = window->height * window->width * conv->depth;
    int8_t *pixel = output;
    for (int32_t row = 0; row < conv->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        for (int32_t column = 0; column < conv->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            for (int32_t index = 0; index < layer->count; index++) {
                int32_t channel = layer->channels[index];
                const int8_t *from = layer->is_depthwise ? &input[channel] : input;
                const int8_t *weights = &conv->weighted.weights[index * taps];
                pixel[channel] =
                    finished(&conv->weighted, index, conv_sum(conv, from, weights, top, left));
            }
            pixel += conv->output.channels;
        }
    }
}

void eb_fully_connected(const struct eb_dense *layer, const int8_t *input, int8_t *output)
{
    int32_t zero = layer->weighted.input_zero_point;
    for (int32_t row = 0; row < layer->rows; row++) {
        const int8_t *values = &input[row * layer->inputs];
        const int8_t *weights = layer->weighted.weights;
        for (int32_t channel = 0; channel < layer->outputs; channel++) {
            int32_t sum = 0;
            for (int32_t i = 0; i < layer->inputs; i++) {
                sum += (int32_t)weights[i] * ((int32_t)values[i] - zero);
            }
            output[(row * layer->outputs) + channel] = finished(&layer->weighted, channel, sum);
            weights += layer->inputs;
        }
    }
}
