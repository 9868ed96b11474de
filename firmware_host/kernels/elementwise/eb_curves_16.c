/* LOGISTIC and TANH of int16: a table of the function, with straight lines between. */
#include "eb_elementwise.h"

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
