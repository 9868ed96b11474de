/* Convolutions and dense layers whose weights have a zero point: networks quantized to uint8. */
#include "eb_finish.h"

/* Where the weights of an output channel are, and which input channels it sees. */
struct layout {
    int32_t channel_step; /* from a channel's first weight to the next channel's */
    int32_t tap_step;     /* from a tap's first weight to the next tap's */
    int32_t depth;        /* input channels that an output sees */
    int32_t per_group;    /* output channels that see the same ones */
};

/* The sum of `count` products, both operands as differences from their zero points. */
static int32_t products(const struct eb_weighted *weighted, const int8_t *weights,
                        const int8_t *values, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += ((int32_t)weights[i] - weighted->weights_zero_point) *
               ((int32_t)values[i] - weighted->input_zero_point);
    }
    return sum;
}

/* The sum of one output: the window's corner is at (top, left), which may lie outside. */
static int32_t window_sum(const struct eb_conv *layer, const struct layout *layout,
                          const int8_t *weights, const int8_t *input, int32_t top, int32_t left)
{
    const struct eb_window *window = &layer->window;
    int32_t sum = 0;
    const int8_t *next = weights;
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = top + (y * window->dilation_height);
        for (int32_t x = 0; x < window->width; x++) {
            int32_t in_x = left + (x * window->dilation_width);
            if ((in_y >= 0) && (in_y < layer->input.height) && (in_x >= 0) &&
                (in_x < layer->input.width)) {
                int32_t pixel = (in_y * layer->input.width) + in_x;
                const int8_t *from = &input[pixel * layer->input.channels];
                sum += products(&layer->weighted, next, from, layout->depth);
            }
            next += layout->tap_step;
        }
    }
    return sum;
}

static void convolve(const struct eb_conv *layer, const struct layout *layout, const int8_t *input,
                     int8_t *output)
{
    const struct eb_window *window = &layer->window;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            const int8_t *group = input;
            int32_t group_end = layout->per_group;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                const int8_t *weights = &layer->weighted.weights[channel * layout->channel_step];
                struct eb_finish finish = eb_finish_of(&layer->weighted, channel);
                int32_t sum;
                if (channel == group_end) {
                    group += layout->depth;
                    group_end += layout->per_group;
                }
                sum = window_sum(layer, layout, weights, group, top, left);
                *next = eb_finished(&finish, sum, finish.bias);
                next++;
            }
        }
    }
}

void eb_conv_2d_offset(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    struct layout layout;
    layout.depth = layer->depth;
    layout.tap_step = layer->depth;
    layout.channel_step = layer->window.height * layer->window.width * layer->depth;
    layout.per_group = (layer->output.channels * layer->depth) / layer->input.channels;
    convolve(layer, &layout, input, output);
}

void eb_depthwise_conv_2d_offset(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    struct layout layout;
    layout.depth = 1;
    layout.tap_step = layer->output.channels;
    layout.channel_step = 1;
    layout.per_group = layer->output.channels / layer->input.channels;
    convolve(layer, &layout, input, output);
}

void eb_fully_connected_offset(const struct eb_dense *layer, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < layer->rows; row++) {
        const int8_t *values = &input[row * layer->inputs];
        const int8_t *weights = layer->weighted.weights;
        for (int32_t channel = 0; channel < layer->outputs; channel++) {
            struct eb_finish finish = eb_finish_of(&layer->weighted, channel);
            int32_t sum = products(&layer->weighted, weights, values, layer->inputs);
            output[(row * layer->outputs) + channel] = eb_finished(&finish, sum, finish.bias);
            weights += layer->inputs;
        }
    }
}
