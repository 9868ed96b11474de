/* RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR: where each pixel comes from is in tables. */
#include <string.h>

#include "eb_data_movement.h"

/* What a share of rows and one of columns are when they are multiplied: 1, and a half of it. */
#define ONE_OF_PRODUCT (EB_BILINEAR_ONE * EB_BILINEAR_ONE)
#define HALF_OF_PRODUCT (ONE_OF_PRODUCT / 2)

/* What a uint8_t is stored as is less by so much. */
#define MOVED 128

/* A product that is rounded by itself: compilers may otherwise round it together with a sum. */
static float product(float left, float right)
{
    volatile float rounded = left * right;
    return rounded;
}

/* A pixel's part: shares are multiplied one after the other. */
static float part(int8_t stored, float share_of_row, float share_of_column)
{
    float value = (float)((int32_t)stored + MOVED);
    return product(product(value, share_of_row), share_of_column);
}

void eb_resize_nearest(const struct eb_nearest_layer *layer, const int8_t *input, int8_t *output)
{
    int32_t bytes = layer->pixel_bytes;
    int8_t *next = output;
    for (int32_t row = 0; row < layer->output_height; row++) {
        const int8_t *from = &input[layer->rows[row] * layer->input_width * bytes];
        for (int32_t column = 0; column < layer->output_width; column++) {
            (void)memcpy(next, &from[layer->columns[column] * bytes], (size_t)bytes);
            next += bytes;
        }
    }
}

void eb_resize_bilinear(const struct eb_bilinear_layer *layer, const int8_t *input, int8_t *output)
{
    int32_t channels = layer->channels;
    int8_t *next = output;
    for (int32_t y = 0; y < layer->output_height; y++) {
        struct eb_between row = layer->rows[y];
        const int8_t *above = &input[row.before * layer->input_width * channels];
        const int8_t *below = &input[row.behind * layer->input_width * channels];
        for (int32_t x = 0; x < layer->output_width; x++) {
            struct eb_between column = layer->columns[x];
            int32_t left = column.before * channels;
            int32_t right = column.behind * channels;
            int32_t to_left = EB_BILINEAR_ONE - column.share;
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t upper = ((int32_t)above[left + channel] * to_left) +
                                ((int32_t)above[right + channel] * column.share);
                int32_t lower = ((int32_t)below[left + channel] * to_left) +
                                ((int32_t)below[right + channel] * column.share);
                int32_t sum = (upper * (EB_BILINEAR_ONE - row.share)) + (lower * row.share);
                sum += (sum > 0) ? HALF_OF_PRODUCT : -HALF_OF_PRODUCT;
                *next = (int8_t)(sum / ONE_OF_PRODUCT);
                next++;
            }
        }
    }
}

void eb_resize_bilinear_real(const struct eb_bilinear_real_layer *layer, const int8_t *input,
                             int8_t *output)
{
    int32_t channels = layer->channels;
    int8_t *next = output;
    for (int32_t y = 0; y < layer->output_height; y++) {
        struct eb_between_real row = layer->rows[y];
        const int8_t *above = &input[row.before * layer->input_width * channels];
        const int8_t *below = &input[row.behind * layer->input_width * channels];
        float to_top = 1.0F - row.share;
        for (int32_t x = 0; x < layer->output_width; x++) {
            struct eb_between_real column = layer->columns[x];
            int32_t left = column.before * channels;
            int32_t right = column.behind * channels;
            float to_left = 1.0F - column.share;
            for (int32_t channel = 0; channel < channels; channel++) {
                float sum = part(above[left + channel], to_top, to_left);
                sum += part(below[left + channel], row.share, to_left);
                sum += part(above[right + channel], to_top, column.share);
                sum += part(below[right + channel], row.share, column.share);
                *next = (int8_t)((int32_t)(sum + 0.5F) - MOVED);
                next++;
            }
        }
    }
}
