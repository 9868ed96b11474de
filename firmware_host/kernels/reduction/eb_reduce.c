/* REDUCE_MAX and REDUCE_MIN. */
#include <stdint.h>

#include "eb_reduction.h"

/* Of each group of inputs the largest, or the smallest where `sign` is -1. */
static void reduce(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output,
                   int32_t sign)
{
    const int32_t *counts = layer->counts;
    int32_t plane = counts[2] * counts[3];
    int8_t *next = output;
    for (int32_t first = 0; first < counts[0]; first++) {
        for (int32_t second = 0; second < counts[2]; second++) {
            const int8_t *from = &input[(first * counts[1] * plane) + (second * counts[3])];
            int32_t found = from[0];
            for (int32_t y = 0; y < counts[1]; y++) {
                for (int32_t x = 0; x < counts[3]; x++) {
                    int32_t value = from[x];
                    found = ((sign * (value - found)) > 0) ? value : found;
                }
                from += plane;
            }
            *next = (int8_t)found;
            next++;
        }
    }
}

void eb_reduce_max(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output)
{
    reduce(layer, input, output, 1);
}

void eb_reduce_min(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output)
{
    reduce(layer, input, output, -1);
}
