/* Single channels of a convolution, those that a fast kernel leaves: one output at a time. */
#include "eb_finish.h"

/* The sum of one output of a convolution: the window's corner is at (top, left), which may lie
 * outside; `input` begins at the first channel that the output sees. */
static int32_t sum_at(const struct eb_conv *layer, const int8_t *input, const int8_t *weights,
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
                int32_t sum = sum_at(conv, from, weights, top, left);
                struct eb_finish finish = eb_finish_of(&conv->weighted, index);
                pixel[channel] = eb_finished(&finish, sum, finish.bias);
            }
            pixel += conv->output.channels;
        }
    }
}
