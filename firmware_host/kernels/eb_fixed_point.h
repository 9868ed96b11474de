/* Fixed-point arithmetic as TensorFlow Lite's reference kernels do it (gemmlowp's rules). */
#ifndef EB_FIXED_POINT_H
#define EB_FIXED_POINT_H

#include <stdint.h>

/* Half the product's high 32 bits, rounded to the nearest, halves away from zero; any values. */
static inline int32_t eb_high_product(int32_t left, int32_t right)
{
    int64_t product;
    int64_t nudge;
    if ((left == INT32_MIN) && (right == INT32_MIN)) {
        return INT32_MAX;
    }
    product = (int64_t)left * (int64_t)right;
    nudge = (product >= 0) ? 1073741824 : -1073741823;
    return (int32_t)((product + nudge) / 2147483648);
}

/* value / 2^exponent, rounded to the nearest, halves away from zero; exponent 0 to 31. */
static inline int32_t eb_rounded_shift(int32_t value, int32_t exponent)
{
    int32_t mask = (int32_t)((UINT32_C(1) << (uint32_t)exponent) - 1U);
    int32_t rest = value & mask;
    int32_t threshold = (mask >> 1) + ((value < 0) ? 1 : 0);
    return (value >> exponent) + ((rest > threshold) ? 1 : 0);
}

/* value * 2^exponent, kept within int32; exponent 0 to 31. */
static inline int32_t eb_saturating_left(int32_t value, int32_t exponent)
{
    int64_t wide = (int64_t)value * ((int64_t)1 << exponent);
    if (wide > INT32_MAX) {
        return INT32_MAX;
    }
    return (wide < INT32_MIN) ? INT32_MIN : (int32_t)wide;
}

/* What many values are scaled by: see eb_scaled. */
struct eb_scale {
    int32_t multiplier;
    int32_t left;
    int32_t right; /* less one; negative for none */
};

static inline struct eb_scale eb_scale_of(int32_t multiplier, int32_t shift)
{
    struct eb_scale scale;
    scale.multiplier = multiplier;
    scale.left = (shift > 0) ? shift : 0;
    scale.right = (shift > 0) ? -1 : (-shift - 1);
    return scale;
}

/* eb_scaled. Multipliers are never negative: no product can be too large for half its high word,
 * halves away from zero are the floor of what is half a step more, and that word is never the
 * lowest int32. A rounded shift is then one of one bit less, and one of one bit. */
static inline int32_t eb_scaled_by(int32_t value, const struct eb_scale *scale)
{
    int32_t raised = (int32_t)((uint32_t)value << (uint32_t)scale->left);
    int64_t product = ((int64_t)raised * scale->multiplier) + 1073741824;
    int32_t high = (int32_t)(product >> 31);
    if (scale->right >= 0) {
        high -= (high < 0) ? 1 : 0;
        high = ((high >> scale->right) + 1) >> 1;
    }
    return high;
}

/* value * multiplier / 2^31 * 2^shift, rounded twice as the reference does; multiplier 0 or more,
 * shift -31 to 30. Bits that a shift to the left pushes out are lost, as they are there. */
static inline int32_t eb_scaled(int32_t value, int32_t multiplier, int32_t shift)
{
    struct eb_scale scale = eb_scale_of(multiplier, shift);
    return eb_scaled_by(value, &scale);
}

/* A sum of 48 bits times a multiplier, which keeps 15 bits, rounded once. */
static inline int32_t eb_scaled_wide(int64_t sum, int32_t multiplier, int32_t shift)
{
    int32_t reduced = (multiplier < 0x7FFF0000) ? ((multiplier + (1 << 15)) >> 16) : 0x7FFF;
    int32_t total = 15 - shift;
    int64_t product = (sum * reduced) + ((int64_t)1 << (total - 1));
    return (int32_t)(product >> total);
}

/* value, but no less than low and no more than high; low <= high. */
static inline int32_t eb_clamped(int32_t value, int32_t low, int32_t high)
{
    if (value < low) {
        return low;
    }
    return (value > high) ? high : value;
}

#endif
