#include "fixed_point.h"
#include "kernels.h"

/* Both inputs are raised by so many bits before they are scaled to a common step. */
#define RAISED 20

void add(const struct add_layer *layer, const int8_t *left, const int8_t *right, int8_t *output)
{
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t first = ((int32_t)left[i] - layer->zero_points[0]) * (1 << RAISED);
        int32_t second = ((int32_t)right[i] - layer->zero_points[1]) * (1 << RAISED);
        int32_t sum = scaled(first, layer->multipliers[0], layer->shifts[0]) +
                      scaled(second, layer->multipliers[1], layer->shifts[1]);
        sum = scaled(sum, layer->output_multiplier, layer->output_shift);
        sum += layer->output_zero_point;
        output[i] = (int8_t)clamped(sum, layer->output.low, layer->output.high);
    }
}
