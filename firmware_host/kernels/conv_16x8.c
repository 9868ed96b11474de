#include <stddef.h>

#include "fixed_point.h"
#include "kernels.h"

/* A sum of 48 bits times a multiplier, which keeps 15 bits, rounded once. */
static int32_t scaled_wide(int64_t sum, int32_t multiplier, int32_t shift)
{
    int32_t reduced = (multiplier < 0x7FFF0000) ? ((multiplier + (1 << 15)) >> 16) : 0x7FFF;
    int32_t total = 15 - shift;
    int64_t product = (sum * reduced) + ((int64_t)1 << (total - 1));
    return (int32_t)(product >> total);
}

/* A convolution's sum, in the output's own numbers. */
static int16_t finished(const struct weighted_16x8 *weighted, int32_t channel, int64_t sum)
{
    int64_t whole = sum;
    int32_t multiplier = weighted->multipliers[channel];
    int32_t shift = weighted->shifts[channel];
    int32_t value;
    if (weighted->bias != NULL) {
        whole += weighted->bias[channel];
    }
    value = (weighted->rounds_twice != 0) ? scaled((int32_t)whole, multiplier, shift)
                                          : scaled_wide(whole, multiplier, shift);
    return (int16_t)clamped(value, weighted->output.low, weighted->output.high);
}

#define ACTIVATION int16_t
#define SUM int64_t
#define NAMED(name) name##_16x8
#define FUNCTION(name) eb_##name##_16x8
#include "conv_loops.h"
