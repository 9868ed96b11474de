/* SOFTMAX of int16: tables of functions, with straight lines between. */
#include "eb_fixed_point.h"
#include "eb_reduction.h"

#define STEP_BITS 7 /* of an input within a step of a table */

/* A table's value at a place from INT16_MIN to INT16_MAX. */
static int32_t between(const int16_t *table, int32_t place)
{
    int32_t index = (EB_SOFTMAX_16_STEPS / 2) + (place >> STEP_BITS);
    int32_t within = place & ((1 << STEP_BITS) - 1);
    int32_t slope = (int32_t)(int16_t)(table[index + 1] - table[index]);
    return (int32_t)(int16_t)(table[index] +
                              (((slope * within) + (1 << (STEP_BITS - 1))) >> STEP_BITS));
}

/* How many of the highest bits of a positive number are 0. */
static int32_t leading_zeros(int32_t value)
{
    int32_t zeros = 0;
    int32_t rest = value;
    while (rest < (1 << 30)) {
        rest *= 2;
        zeros++;
    }
    return zeros + 1;
}

static void softmax_row(const struct eb_softmax_16_layer *layer, const int16_t *input,
                        int16_t *output)
{
    int32_t largest = INT16_MIN;
    int32_t sum = 0;
    int32_t zeros;
    int32_t place;
    int64_t reciprocal;
    int32_t shift;
    for (int32_t i = 0; i < layer->count; i++) {
        largest = (input[i] > largest) ? input[i] : largest;
    }
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t scaled = eb_scaled((int32_t)input[i] - largest, layer->multiplier, layer->shift);
        scaled = eb_clamped(eb_clamped(scaled, -65536, 0) + INT16_MAX, INT16_MIN, INT16_MAX);
        output[i] = (int16_t)between(layer->exponentials, scaled);
        sum += output[i];
    }
    /* The sum as 1 + x, x from 0 to 1; the largest exponential alone makes it positive. */
    zeros = leading_zeros(eb_clamped(sum, 1, INT32_MAX));
    place = (int32_t)((((int64_t)sum * ((int64_t)1 << (zeros - 1))) + (1 << 13)) >> 14);
    place = eb_clamped(place - (3 << 15), INT16_MIN, INT16_MAX);
    reciprocal = between(layer->reciprocals, place);
    shift = 31 - zeros;
    for (int32_t i = 0; i < layer->count; i++) {
        int64_t share = ((int64_t)output[i] * reciprocal) + ((int64_t)1 << (shift - 1));
        output[i] = (int16_t)eb_clamped((int32_t)(share >> shift), 0, INT16_MAX);
    }
}

void eb_softmax_16(const struct eb_softmax_16_layer *layer, const int16_t *input, int16_t *output)
{
    for (int32_t row = 0; row < layer->rows; row++) {
        softmax_row(layer, &input[row * layer->count], &output[row * layer->count]);
    }
}
