/* RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR: where each pixel comes from is in tables. */
#include <string.h>

#include "eb_data_movement.h"

/* What a share of rows and one of columns are when they are multiplied: 1, and a half of it. */
#define ONE_OF_PRODUCT (EB_BILINEAR_ONE * EB_BILINEAR_ONE)
#define HALF_OF_PRODUCT (ONE_OF_PRODUCT / 2)

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
