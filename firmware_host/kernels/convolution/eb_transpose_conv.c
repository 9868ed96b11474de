/* TRANSPOSE_CONV: each output gathers what the inputs under its window would scatter to it. */
#include <stddef.h>

#include "eb_convolution.h"
#include "eb_fixed_point.h"

/* The sum of one output: (y, x) is its place with the padding added. */
static int32_t gathered(const struct eb_transpose_conv *layer, const int8_t *input,
                        const int8_t *weights, int32_t y, int32_t x)
{
    const struct eb_window *window = &layer->window;
    const struct eb_shape *shape = &layer->input;
    int32_t zero = layer->weighted.input_zero_point;
    int32_t offset = layer->weighted.weights_zero_point;
    int32_t sum = 0;
    for (int32_t tap_y = y % window->stride_height; (tap_y < window->height) && (tap_y <= y);
         tap_y += window->stride_height) {
        int32_t row = (y - tap_y) / window->stride_height;
        if (row < shape->height) {
            for (int32_t tap_x = x % window->stride_width; (tap_x < window->width) && (tap_x <= x);
                 tap_x += window->stride_width) {
                int32_t column = (x - tap_x) / window->stride_width;
                if (column < shape->width) {
                    int32_t place = (row * shape->width) + column;
                    int32_t tap = (tap_y * window->width) + tap_x;
                    const int8_t *from = &input[place * shape->channels];
                    const int8_t *by = &weights[tap * shape->channels];
                    for (int32_t i = 0; i < shape->channels; i++) {
                        sum += ((int32_t)by[i] - offset) * ((int32_t)from[i] - zero);
                    }
                }
            }
        }
    }
    return sum;
}

void eb_transpose_conv_2d(const struct eb_transpose_conv *layer, const int8_t *input,
                          int8_t *output)
{
    const struct eb_weighted *weighted = &layer->weighted;
    int32_t taps = layer->window.height * layer->window.width * layer->input.channels;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int8_t *weights = weighted->weights;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                int32_t value = gathered(layer, input, weights, row + layer->window.pad_top,
                                         column + layer->window.pad_left);
                if (weighted->bias != NULL) {
                    value += weighted->bias[channel];
                }
                value = eb_scaled(value, weighted->multipliers[channel], weighted->shifts[channel]);
                value += weighted->output_zero_point;
                *next = (int8_t)eb_clamped(value, weighted->output.low, weighted->output.high);
                next++;
                weights += taps;
            }
        }
    }
}
