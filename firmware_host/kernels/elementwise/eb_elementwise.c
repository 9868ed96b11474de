#include "eb_elementwise.h"
#include "eb_fixed_point.h"
#include "eb_loop_nest.h"

#define INNERMOST (EB_LOOP_NEST_DEPTH - 1)

/* ADD, or SUB where `sign` is -1. */
static void add_or_subtract(const struct eb_add_layer *layer, const int8_t *left,
                            const int8_t *right, int8_t *output, int32_t sign)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t count = layer->loops.counts[INNERMOST];
    struct eb_scale scales[2];
    struct eb_scale output_scale = eb_scale_of(layer->output_multiplier, layer->output_shift);
    int8_t *next = output;
    for (int32_t i = 0; i < 2; i++) {
        scales[i] = eb_scale_of(layer->multipliers[i], layer->shifts[i]);
    }
    do {
        const int8_t *from_left = &left[at.left];
        const int8_t *from_right = &right[at.right];
        for (int32_t i = 0; i < count; i++) {
            int32_t first = ((int32_t)*from_left - layer->zero_points[0]) * (1 << EB_ADD_RAISED);
            int32_t second = ((int32_t)*from_right - layer->zero_points[1]) * (1 << EB_ADD_RAISED);
            int32_t sum = eb_scaled_by(first, &scales[0]);
            sum += sign * eb_scaled_by(second, &scales[1]);
            sum = eb_scaled_by(sum, &output_scale);
            sum += layer->output_zero_point;
            *next = (int8_t)eb_clamped(sum, layer->output.low, layer->output.high);
            next++;
            from_left += layer->loops.left_steps[INNERMOST];
            from_right += layer->loops.right_steps[INNERMOST];
        }
    } while (eb_loop_nest_next(&layer->loops, &at, INNERMOST));
}

void eb_add(const struct eb_add_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output)
{
    add_or_subtract(layer, left, right, output, 1);
}

void eb_sub(const struct eb_add_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output)
{
    add_or_subtract(layer, left, right, output, -1);
}

void eb_prelu(const struct eb_prelu_layer *layer, const int8_t *input, const int8_t *slopes,
              int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t count = layer->loops.counts[INNERMOST];
    int8_t *next = output;
    do {
        const int8_t *from_left = &input[at.left];
        const int8_t *from_right = &slopes[at.right];
        for (int32_t i = 0; i < count; i++) {
            int32_t value = (int32_t)*from_left - layer->zero_points[0];
            int32_t slope = (int32_t)*from_right - layer->zero_points[1];
            int32_t result;
            if (value >= 0) {
                result = eb_scaled(value, layer->multipliers[0], layer->shifts[0]);
            } else {
                result = eb_scaled(value * slope, layer->multipliers[1], layer->shifts[1]);
            }
            result += layer->output_zero_point;
            *next = (int8_t)eb_clamped(result, INT8_MIN, INT8_MAX);
            next++;
            from_left += layer->loops.left_steps[INNERMOST];
            from_right += layer->loops.right_steps[INNERMOST];
        }
    } while (eb_loop_nest_next(&layer->loops, &at, INNERMOST));
}

/* MAXIMUM, or MINIMUM where `sign` is -1. */
static void extreme(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                    int8_t *output, int32_t sign)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t count = layer->loops.counts[INNERMOST];
    int8_t *next = output;
    do {
        const int8_t *from_left = &left[at.left];
        const int8_t *from_right = &right[at.right];
        for (int32_t i = 0; i < count; i++) {
            int32_t first = *from_left;
            int32_t second = *from_right;
            int32_t chosen = ((sign * (first - second)) > 0) ? first : second;
            *next = (int8_t)chosen;
            next++;
            from_left += layer->loops.left_steps[INNERMOST];
            from_right += layer->loops.right_steps[INNERMOST];
        }
    } while (eb_loop_nest_next(&layer->loops, &at, INNERMOST));
}

void eb_maximum(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output)
{
    extreme(layer, left, right, output, 1);
}

void eb_minimum(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output)
{
    extreme(layer, left, right, output, -1);
}

void eb_mul(const struct eb_mul_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t count = layer->loops.counts[INNERMOST];
    int8_t *next = output;
    do {
        const int8_t *from_left = &left[at.left];
        const int8_t *from_right = &right[at.right];
        for (int32_t i = 0; i < count; i++) {
            int32_t product = ((int32_t)*from_left - layer->zero_points[0]) *
                              ((int32_t)*from_right - layer->zero_points[1]);
            product = eb_scaled(product, layer->output_multiplier, layer->output_shift);
            product += layer->output_zero_point;
            *next = (int8_t)eb_clamped(product, layer->output.low, layer->output.high);
            next++;
            from_left += layer->loops.left_steps[INNERMOST];
            from_right += layer->loops.right_steps[INNERMOST];
        }
    } while (eb_loop_nest_next(&layer->loops, &at, INNERMOST));
}

void eb_look_up(const struct eb_table_layer *layer, const int8_t *input, int8_t *output)
{
    const int8_t *answer_to_0 = &layer->table[128];
    for (int32_t i = 0; i < layer->count; i++) {
        output[i] = answer_to_0[input[i]];
    }
}
