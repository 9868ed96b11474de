#include "eb_fixed_point.h"
#include "eb_reduction.h"

/* What was taken from a uint8 to make it an int8. */
#define EB_UINT8_HALF 128

/* The part of a window that lies within the input, for one output place. */
struct part {
    int32_t first_row;
    int32_t end_row;
    int32_t first_column;
    int32_t end_column;
};

static struct part part_at(const struct eb_pool_layer *layer, int32_t row, int32_t column)
{
    struct part part;
    int32_t top = (row * layer->window.stride_height) - layer->window.pad_top;
    int32_t left = (column * layer->window.stride_width) - layer->window.pad_left;
    part.first_row = eb_clamped(top, 0, layer->input.height);
    part.end_row = eb_clamped(top + layer->window.height, 0, layer->input.height);
    part.first_column = eb_clamped(left, 0, layer->input.width);
    part.end_column = eb_clamped(left + layer->window.width, 0, layer->input.width);
    return part;
}

/* sum / count to the nearest; count values of -128 to 127. */
static int32_t average(int32_t sum, int32_t count, bool rounds_up)
{
    int32_t half = count / 2;
    if (rounds_up) {
        return ((sum + (EB_UINT8_HALF * count) + half) / count) - EB_UINT8_HALF;
    }
    return (sum > 0) ? ((sum + half) / count) : ((sum - half) / count);
}

void eb_average_pool_2d(const struct eb_pool_layer *layer, const int8_t *input, int8_t *output)
{
    int32_t channels = layer->input.channels;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            struct part part = part_at(layer, row, column);
            /* Never 0 in a sound model; a division by it must not be possible all the same. */
            int32_t count =
                eb_clamped((part.end_row - part.first_row) * (part.end_column - part.first_column),
                           1, INT32_MAX);
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                for (int32_t y = part.first_row; y < part.end_row; y++) {
                    for (int32_t x = part.first_column; x < part.end_column; x++) {
                        sum += input[(((y * layer->input.width) + x) * channels) + channel];
                    }
                }
                sum = average(sum, count, layer->rounds_up);
                *next = (int8_t)eb_clamped(sum, layer->range.low, layer->range.high);
                next++;
            }
        }
    }
}

void eb_max_pool_2d(const struct eb_pool_layer *layer, const int8_t *input, int8_t *output)
{
    int32_t channels = layer->input.channels;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            struct part part = part_at(layer, row, column);
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t largest = INT8_MIN;
                for (int32_t y = part.first_row; y < part.end_row; y++) {
                    for (int32_t x = part.first_column; x < part.end_column; x++) {
                        int32_t value =
                            input[(((y * layer->input.width) + x) * channels) + channel];
                        largest = (value > largest) ? value : largest;
                    }
                }
                *next = (int8_t)eb_clamped(largest, layer->range.low, layer->range.high);
                next++;
            }
        }
    }
}

void eb_mean(const struct eb_mean_layer *layer, const int8_t *input, int8_t *output)
{
    const int32_t *counts = layer->counts;
    int32_t plane = counts[2] * counts[3];
    int8_t *next = output;
    for (int32_t first = 0; first < counts[0]; first++) {
        for (int32_t second = 0; second < counts[2]; second++) {
            const int8_t *from = &input[(first * counts[1] * plane) + (second * counts[3])];
            int32_t sum = 0;
            for (int32_t y = 0; y < counts[1]; y++) {
                for (int32_t x = 0; x < counts[3]; x++) {
                    sum += (int32_t)from[x] - layer->input_zero_point;
                }
                from += plane;
            }
            sum = eb_scaled(sum, layer->multiplier, layer->shift) + layer->output_zero_point;
            *next = (int8_t)eb_clamped(sum, INT8_MIN, INT8_MAX);
            next++;
        }
    }
}
