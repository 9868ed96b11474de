/* AVERAGE_POOL_2D, MAX_POOL_2D and MEAN of int16. */
#include "eb_fixed_point.h"
#include "eb_reduction.h"

/* One output of a pooling: the average of a part of the input, or its largest value. */
static int32_t pooled(const struct eb_pool_layer *layer, const int16_t *channel, int32_t top,
                      int32_t left, bool is_average)
{
    int32_t first_row = eb_clamped(top, 0, layer->input.height);
    int32_t end_row = eb_clamped(top + layer->window.height, 0, layer->input.height);
    int32_t first_column = eb_clamped(left, 0, layer->input.width);
    int32_t end_column = eb_clamped(left + layer->window.width, 0, layer->input.width);
    int32_t count = eb_clamped((end_row - first_row) * (end_column - first_column), 1, INT32_MAX);
    int32_t sum = 0;
    int32_t largest = INT16_MIN;
    for (int32_t y = first_row; y < end_row; y++) {
        for (int32_t x = first_column; x < end_column; x++) {
            int32_t value = channel[((y * layer->input.width) + x) * layer->input.channels];
            sum += value;
            largest = (value > largest) ? value : largest;
        }
    }
    if (is_average) {
        largest = (sum > 0) ? ((sum + (count / 2)) / count) : ((sum - (count / 2)) / count);
    }
    return eb_clamped(largest, layer->range.low, layer->range.high);
}

static void pool(const struct eb_pool_layer *layer, const int16_t *input, int16_t *output,
                 bool is_average)
{
    int16_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * layer->window.stride_height) - layer->window.pad_top;
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * layer->window.stride_width) - layer->window.pad_left;
            for (int32_t channel = 0; channel < layer->input.channels; channel++) {
                *next = (int16_t)pooled(layer, &input[channel], top, left, is_average);
                next++;
            }
        }
    }
}

void eb_average_pool_2d_16(const struct eb_pool_layer *layer, const int16_t *input, int16_t *output)
{
    pool(layer, input, output, true);
}

void eb_max_pool_2d_16(const struct eb_pool_layer *layer, const int16_t *input, int16_t *output)
{
    pool(layer, input, output, false);
}

void eb_mean_16(const struct eb_mean_layer *layer, const int16_t *input, int16_t *output)
{
    const int32_t *counts = layer->counts;
    int32_t plane = counts[2] * counts[3];
    int16_t *next = output;
    for (int32_t first = 0; first < counts[0]; first++) {
        for (int32_t second = 0; second < counts[2]; second++) {
            const int16_t *from = &input[(first * counts[1] * plane) + (second * counts[3])];
            int32_t sum = 0;
            for (int32_t y = 0; y < counts[1]; y++) {
                for (int32_t x = 0; x < counts[3]; x++) {
                    sum += from[x];
                }
                from += plane;
            }
            sum = eb_scaled(sum, layer->multiplier, layer->shift);
            *next = (int16_t)eb_clamped(sum, INT16_MIN, INT16_MAX);
            next++;
        }
    }
}
