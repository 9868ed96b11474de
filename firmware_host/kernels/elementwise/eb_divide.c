/* DIV and SQUARED_DIFFERENCE. */
#include "eb_elementwise.h"
#include "eb_fixed_point.h"
#include "eb_loop_nest.h"
#include "eb_reciprocal.h"

#define INNERMOST (EB_LOOP_NEST_DEPTH - 1)
#define MOST_SHIFT 31

/* A quotient of differences of bytes; what is divided by 0 counts as 0. */
static int32_t quotient(const struct eb_mul_layer *layer, int32_t left, int32_t right)
{
    int32_t dividend = (right < 0) ? -left : left;
    uint32_t divisor = (uint32_t)((right < 0) ? -right : right);
    uint32_t size = (uint32_t)((left < 0) ? -left : left);
    int32_t zeros = eb_leading_zeros(divisor);
    int32_t inverse;
    int32_t room;
    int32_t right_shift;
    if ((dividend == 0) || (divisor == 0U)) {
        return 0;
    }
    inverse = eb_reciprocal_of_one_plus((int32_t)((divisor << (uint32_t)zeros) - 0x80000000U));
    if (dividend < 0) {
        size--; /* -2^n has one sign bit more than 2^n */
    }
    room = eb_leading_zeros(size) - 1;
    right_shift = (MOST_SHIFT - zeros) + room - layer->output_shift;
    if (right_shift > MOST_SHIFT) {
        return 0;
    }
    dividend = (int32_t)((uint32_t)dividend << (uint32_t)room);
    dividend = eb_high_product(dividend, inverse);
    return eb_rounded_shift(eb_high_product(dividend, layer->output_multiplier), right_shift);
}

void eb_div(const struct eb_mul_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int8_t *next = output;
    do {
        int32_t first = (int32_t)left[at.left] - layer->zero_points[0];
        int32_t second = (int32_t)right[at.right] - layer->zero_points[1];
        int32_t value = quotient(layer, first, second) + layer->output_zero_point;
        *next = (int8_t)eb_clamped(value, layer->output.low, layer->output.high);
        next++;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}

void eb_squared_difference(const struct eb_add_layer *layer, const int8_t *left,
                           const int8_t *right, int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int8_t *next = output;
    do {
        int32_t first = ((int32_t)left[at.left] - layer->zero_points[0]) * (1 << EB_SQUARE_RAISED);
        int32_t second =
            ((int32_t)right[at.right] - layer->zero_points[1]) * (1 << EB_SQUARE_RAISED);
        int32_t value = eb_scaled(first, layer->multipliers[0], layer->shifts[0]) -
                        eb_scaled(second, layer->multipliers[1], layer->shifts[1]);
        value = eb_scaled(value * value, layer->output_multiplier, layer->output_shift);
        value += layer->output_zero_point;
        *next = (int8_t)eb_clamped(value, layer->output.low, layer->output.high);
        next++;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}
