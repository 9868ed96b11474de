#include <stddef.h>

#include "fixed_point.h"
#include "kernels.h"

/* A convolution's sum, in the output's own numbers. */
static int8_t finished(const struct weighted *weighted, int32_t channel, int32_t sum)
{
    int32_t value = sum;
    if (weighted->bias != NULL) {
        value += weighted->bias[channel];
    }
    value = scaled(value, weighted->multipliers[channel], weighted->shifts[channel]);
    value += weighted->output_zero_point;
    return (int8_t)clamped(value, weighted->output.low, weighted->output.high);
}

void conv_2d(const struct conv_layer *layer, const int8_t *input, int8_t *output)
{
    const struct window *window = &layer->window;
    int32_t channels = layer->input.channels;
    int32_t zero = layer->weighted.input_zero_point;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int8_t *weights = layer->weighted.weights;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                int32_t sum = 0;
                for (int32_t y = 0; y < window->height; y++) {
                    int32_t in_y = (row * window->stride_height) - window->pad_top +
                                   (y * window->dilation_height);
                    for (int32_t x = 0; x < window->width; x++) {
                        int32_t in_x = (column * window->stride_width) - window->pad_left +
                                       (x * window->dilation_width);
                        if ((in_y >= 0) && (in_y < layer->input.height) && (in_x >= 0) &&
                            (in_x < layer->input.width)) {
                            const int8_t *pixel =
                                &input[((in_y * layer->input.width) + in_x) * channels];
                            for (int32_t i = 0; i < channels; i++) {
                                sum += (int32_t)weights[i] * ((int32_t)pixel[i] - zero);
                            }
                        }
                        weights += channels;
                    }
                }
                *next = finished(&layer->weighted, channel, sum);
                next++;
            }
        }
    }
}

void depthwise_conv_2d(const struct conv_layer *layer, const int8_t *input, int8_t *output)
{
    const struct window *window = &layer->window;
    int32_t channels = layer->output.channels;
    int32_t times = channels / layer->input.channels;
    int32_t zero = layer->weighted.input_zero_point;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                for (int32_t y = 0; y < window->height; y++) {
                    int32_t in_y = (row * window->stride_height) - window->pad_top +
                                   (y * window->dilation_height);
                    for (int32_t x = 0; x < window->width; x++) {
                        int32_t in_x = (column * window->stride_width) - window->pad_left +
                                       (x * window->dilation_width);
                        if ((in_y >= 0) && (in_y < layer->input.height) && (in_x >= 0) &&
                            (in_x < layer->input.width)) {
                            int32_t pixel = (in_y * layer->input.width) + in_x;
                            int32_t from = (pixel * layer->input.channels) + (channel / times);
                            int32_t tap = (y * window->width) + x;
                            sum += (int32_t)layer->weighted.weights[(tap * channels) + channel] *
                                   ((int32_t)input[from] - zero);
                        }
                    }
                }
                *next = finished(&layer->weighted, channel, sum);
                next++;
            }
        }
    }
}

void fully_connected(const struct dense_layer *layer, const int8_t *input, int8_t *output)
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
