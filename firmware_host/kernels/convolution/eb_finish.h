/* How a sum of products becomes an output. */
#ifndef EB_FINISH_H
#define EB_FINISH_H

#include <stddef.h>

#include "eb_convolution.h"
#include "eb_fixed_point.h"

/* Of one output channel. */
struct eb_finish {
    struct eb_scale scale;
    uint32_t bias; /* sums wrap: what a zero point adds to them need not fit, their result does */
    int32_t zero_point;
    struct eb_range range;
};

static inline struct eb_finish eb_finish_of(const struct eb_weighted *weighted, int32_t channel)
{
    struct eb_finish finish;
    finish.scale = eb_scale_of(weighted->multipliers[channel], weighted->shifts[channel]);
    finish.bias = (weighted->bias != NULL) ? (uint32_t)weighted->bias[channel] : 0U;
    finish.zero_point = weighted->output_zero_point;
    finish.range = weighted->output;
    return finish;
}

/* bias: finish->bias, less what the input's zero point has added to the sum. */
static inline int8_t eb_finished(const struct eb_finish *finish, int32_t sum, uint32_t bias)
{
    uint32_t whole = (uint32_t)sum + bias;
    int32_t value = eb_scaled_by((int32_t)whole, &finish->scale) + finish->zero_point;
    return (int8_t)eb_clamped(value, finish->range.low, finish->range.high);
}

#endif
