/* Softmax in fixed point. "Qm" below means a number with m integer bits and 31 - m behind the
 * point, as gemmlowp's FixedPoint<int32_t, m>.
 */
#include "eb_fixed_point.h"
#include "eb_reciprocal.h"
#include "eb_reduction.h"

#define SUM_BITS 12 /* integer bits of the sum of exponentials */
#define ONE_Q0 INT32_MAX

/* exp(value) of a Q0 value from -1/4 to 0, as Q0: a Taylor series around -1/8. */
static int32_t exp_of_small(int32_t value)
{
    const int32_t exp_of_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    int32_t x = value + (1 << 28);
    int32_t x2 = eb_high_product(x, x);
    int32_t x3 = eb_high_product(x2, x);
    int32_t x4 = eb_high_product(x2, x2);
    int32_t higher = eb_high_product(eb_rounded_shift(x4, 2) + x3, third) + x2;
    higher = eb_rounded_shift(higher, 1);
    return exp_of_minus_eighth + eb_high_product(exp_of_minus_eighth, x + higher);
}

/* exp(value) of a Q5 value of at most 0, as Q0. */
static int32_t exp_of_negative(int32_t value)
{
    /* exp(-2^k) for k from -2 to 4 */
    static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308,
                                      39332535,   720401,     242};
    const int32_t quarter = 1 << 24;
    int32_t small = (value & (quarter - 1)) - quarter;
    int32_t result = exp_of_small(eb_saturating_left(small, EB_SOFTMAX_DIFFERENCE_BITS));
    int32_t rest = small - value;
    for (int32_t i = 0; i < 7; i++) {
        if ((rest & (quarter << i)) != 0) {
            result = eb_high_product(result, factors[i]);
        }
    }
    return (value == 0) ? ONE_Q0 : result;
}

/* Write a row of int8_t, or of int16_t where `bits` is 16. */
static void softmax_row(const struct eb_softmax_layer *layer, const int8_t *input, int8_t *output,
                        int32_t bits)
{
    int16_t *wide = (int16_t *)(void *)output;
    int32_t least = (bits == 16) ? INT16_MIN : INT8_MIN;
    int32_t largest = INT8_MIN;
    int32_t sum = 0;
    int32_t zeros;
    int32_t scale;
    for (int32_t i = 0; i < layer->count; i++) {
        largest = (input[i] > largest) ? input[i] : largest;
    }
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t difference = (int32_t)input[i] - largest;
        if (difference >= layer->least_difference) {
            int32_t exponent = eb_scaled(difference, layer->multiplier, layer->shift);
            sum += eb_rounded_shift(exp_of_negative(exponent), SUM_BITS);
        }
    }
    zeros = eb_leading_zeros((uint32_t)sum);
    scale = eb_reciprocal_of_one_plus(
        (int32_t)(((uint32_t)sum << (uint32_t)zeros) - (UINT32_C(1) << 31)));
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t difference = (int32_t)input[i] - largest;
        int32_t result = least;
        if (difference >= layer->least_difference) {
            int32_t exponent = eb_scaled(difference, layer->multiplier, layer->shift);
            int32_t share = eb_high_product(scale, exp_of_negative(exponent));
            result += eb_rounded_shift(share, (SUM_BITS - zeros) + 31 - bits);
            result = eb_clamped(result, least, -least - 1);
        }
        if (bits == 16) {
            wide[i] = (int16_t)result;
        } else {
            output[i] = (int8_t)result;
        }
    }
}

void eb_softmax(const struct eb_softmax_layer *layer, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < layer->rows; row++) {
        softmax_row(layer, &input[row * layer->count], &output[row * layer->count], 8);
    }
}

void eb_softmax_8_to_16(const struct eb_softmax_layer *layer, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < layer->rows; row++) {
        softmax_row(layer, &input[row * layer->count], &output[row * layer->count * 2], 16);
    }
}
