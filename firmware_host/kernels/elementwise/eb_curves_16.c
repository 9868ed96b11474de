/* SOFTMAX, LOGISTIC and TANH of int16: tables of a function, with straight lines between. */
#include "eb_fixed_point.h"
#include "eb_kernels_16.h"

#define STEP_BITS 7 /* of an input within a step of a table of the softmax */

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

/* The function of a size, in `bits` more than 16 bits; `most` is the largest there is. */
static int32_t curve_at(const struct eb_curve_16_layer *layer, int32_t size, int32_t bits,
                        int32_t most)
{
    int32_t index = size >> bits;
    int32_t found = most;
    if (index < (EB_CURVE_16_VALUES - 1)) {
        int32_t low = layer->table[index];
        int32_t high = layer->table[index + 1];
        found = (low * (1 << bits)) + ((size & ((1 << bits) - 1)) * (high - low));
    }
    return found;
}

void eb_curve_16(const struct eb_curve_16_layer *layer, const int16_t *input, int16_t *output)
{
    int32_t half = (layer->shift > 0) ? (1 << (layer->shift - 1)) : 0;
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t value = (((int32_t)input[i] * layer->multiplier) + half) >> layer->shift;
        int32_t size = (value < 0) ? -value : value;
        int32_t found;
        if (layer->is_tanh) {
            /* 2 logistic(2 x) - 1, in 24 bits */
            found = curve_at(layer, size, 8, 0xFFFF << 8) - (1 << 23);
            found = (value < 0) ? ((-found + (1 << 7)) - 1) : (found + (1 << 7));
            output[i] = (int16_t)(found >> 8);
        } else {
            /* in 25 bits, of which 15 are kept */
            found = curve_at(layer, size, 9, 0x7FFF << 10);
            found = (value < 0) ? (((1 << 25) - found) + (1 << 9) - 1) : (found + (1 << 9));
            output[i] = (int16_t)(found >> 10);
        }
    }
}
