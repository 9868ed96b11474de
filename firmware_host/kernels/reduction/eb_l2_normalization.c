/* L2_NORMALIZATION: the inverse of a row's length by Newton's and Raphson's steps. */
#include "eb_fixed_point.h"
#include "eb_reduction.h"

#define LARGEST_SQUARE (1 << 29) /* values are brought below it by fours */
#define LEAST_SQUARE (1 << 27)
#define SHIFT_OF_ONE 11
#define STEPS 5
#define ONE_AND_A_HALF ((1 << 28) + (1 << 27)) /* with 3 integer bits */
#define HALF_ROOT_OF_2 1518500250
#define OUTPUT_BITS 7

/* 1 / sqrt(value) of a whole number, as a multiplier and a shift. */
static int32_t inverse_root_of(int32_t value, int32_t *shift)
{
    int32_t rest = value;
    int32_t right = SHIFT_OF_ONE;
    int32_t root = 1 << 28;
    int32_t half;
    if (value <= 1) {
        *shift = 0;
        return INT32_MAX;
    }
    while (rest >= LARGEST_SQUARE) {
        rest /= 4;
        right++;
    }
    while (rest < LEAST_SQUARE) {
        rest *= 4;
        right--;
    }
    half = eb_rounded_shift(rest / 2, 1);
    for (int32_t i = 0; i < STEPS; i++) {
        int32_t cube = eb_high_product(eb_high_product(root, root), root);
        int32_t next = eb_high_product(ONE_AND_A_HALF, root);
        next -= eb_high_product(half, eb_saturating_left(cube, 6));
        root = eb_saturating_left(next, 3);
    }
    root = eb_high_product(root, HALF_ROOT_OF_2);
    if (right < 0) {
        root *= 1 << -right;
        right = 0;
    }
    *shift = -right;
    return root;
}

static void normalize_row(const struct eb_l2_normalization_layer *layer, const int8_t *input,
                          int8_t *output)
{
    int32_t sum = 0;
    int32_t multiplier;
    int32_t shift;
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t value = (int32_t)input[i] - layer->input_zero_point;
        sum += value * value;
    }
    multiplier = inverse_root_of(sum, &shift);
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t value = (int32_t)input[i] - layer->input_zero_point;
        value = eb_scaled(value, multiplier, shift + OUTPUT_BITS);
        output[i] = (int8_t)eb_clamped(value, INT8_MIN, INT8_MAX);
    }
}

void eb_l2_normalization(const struct eb_l2_normalization_layer *layer, const int8_t *input,
                         int8_t *output)
{
    for (int32_t row = 0; row < layer->rows; row++) {
        normalize_row(layer, &input[row * layer->count], &output[row * layer->count]);
    }
}
