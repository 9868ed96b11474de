#include <stddef.h>

#include "fixed_point.h"
#include "kernels.h"

/* A convolution's sum, in the output's own numbers. */
static int8_t finished(const struct weighted *weighted, int32_t channel, int32_t sum)
{
    int32_t value = sum;
    if (weighted->bias != NULL) {
        value += weighted->bias[channel];
    }
    value = scaled(value, weighted->multipliers[channel], weighted->shifts[channel]);
    value += weighted->output_zero_point;
    return (int8_t)clamped(value, weighted->output.low, weighted->output.high);
}

#define ACTIVATION int8_t
#define SUM int32_t
#define NAMED(name) name
#define FUNCTION(name) eb_##name
#include "conv_loops.h"
