/* Reciprocals in fixed point. "Qm" means a number with m integer bits and 31 - m behind the point,
 * as gemmlowp's FixedPoint<int32_t, m>. */
#ifndef EB_RECIPROCAL_H
#define EB_RECIPROCAL_H

#include <stdint.h>

#include "eb_fixed_point.h"

/* 1 / (1 + value) of a Q0 value from 0 to 1, as Q0: Newton and Raphson, three times. */
static inline int32_t eb_reciprocal_of_one_plus(int32_t value)
{
    const int32_t start = 1515870810;  /* 48/17, Q2 */
    const int32_t slope = -1010580540; /* -32/17, Q2 */
    const int32_t one_q2 = 1 << 29;
    int64_t sum = (int64_t)value + INT32_MAX;
    int32_t half = (int32_t)((sum + ((sum >= 0) ? 1 : -1)) / 2);
    int32_t x = start + eb_high_product(half, slope);
    for (int32_t i = 0; i < 3; i++) {
        int32_t error = one_q2 - eb_high_product(half, x);
        x += eb_saturating_left(eb_high_product(x, error), 2);
    }
    return eb_saturating_left(x, 1);
}

static inline int32_t eb_leading_zeros(uint32_t value)
{
    int32_t count = 0;
    uint32_t bit = UINT32_C(1) << 31;
    while ((bit != 0U) && ((value & bit) == 0U)) {
        count++;
        bit >>= 1;
    }
    return count;
}

#endif
