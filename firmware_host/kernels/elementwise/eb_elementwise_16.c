/* ADD, SUB, MUL, MAXIMUM and MINIMUM of int16.
 *
 * They look like those of int8, and are not shared with them: int16 has no zero points and other
 * raised bits, and with one function for both widths MUL grew from 346 to 1,074 bytes. */
#include "eb_elementwise.h"
#include "eb_fixed_point.h"
#include "eb_loop_nest.h"

#define INNERMOST (EB_LOOP_NEST_DEPTH - 1)

/* ADD, or SUB where `sign` is -1. */
static void add_or_subtract(const struct eb_add_layer *layer, const int16_t *left,
                            const int16_t *right, int16_t *output, int32_t sign)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int16_t *next = output;
    do {
        int32_t first = (int32_t)left[at.left] * (1 << EB_ADD_RAISED_16);
        int32_t second = (int32_t)right[at.right] * (1 << EB_ADD_RAISED_16);
        int32_t sum = eb_scaled(first, layer->multipliers[0], layer->shifts[0]) +
                      (sign * eb_scaled(second, layer->multipliers[1], layer->shifts[1]));
        sum = eb_scaled(sum, layer->output_multiplier, layer->output_shift);
        *next = (int16_t)eb_clamped(sum, layer->output.low, layer->output.high);
        next++;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}

void eb_add_16(const struct eb_add_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output)
{
    add_or_subtract(layer, left, right, output, 1);
}

void eb_sub_16(const struct eb_add_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output)
{
    add_or_subtract(layer, left, right, output, -1);
}

void eb_mul_16(const struct eb_mul_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int16_t *next = output;
    do {
        int32_t product = (int32_t)left[at.left] * (int32_t)right[at.right];
        product = eb_scaled(product, layer->output_multiplier, layer->output_shift);
        *next = (int16_t)eb_clamped(product, layer->output.low, layer->output.high);
        next++;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}

/* MAXIMUM, or MINIMUM where `sign` is -1. */
static void extreme(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                    int16_t *output, int32_t sign)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t count = layer->loops.counts[INNERMOST];
    int16_t *next = output;
    do {
        int32_t from_left = at.left;
        int32_t from_right = at.right;
        for (int32_t i = 0; i < count; i++) {
            int32_t first = left[from_left];
            int32_t second = right[from_right];
            *next = (int16_t)(((sign * (first - second)) > 0) ? first : second);
            next++;
            from_left += layer->loops.left_steps[INNERMOST];
            from_right += layer->loops.right_steps[INNERMOST];
        }
    } while (eb_loop_nest_next(&layer->loops, &at, INNERMOST));
}

void eb_maximum_16(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                   int16_t *output)
{
    extreme(layer, left, right, output, 1);
}

void eb_minimum_16(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                   int16_t *output)
{
    extreme(layer, left, right, output, -1);
}
