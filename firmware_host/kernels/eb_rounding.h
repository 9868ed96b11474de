/* Real numbers rounded to whole ones, as TensorFlow Lite's reference kernels do it. */
#ifndef EB_ROUNDING_H
#define EB_ROUNDING_H

#include <stdint.h>

/* Beyond any stored number, and so that it is exact as an int32_t and as a float. */
#define EB_FAR 1048576.0F

/* Return a number rounded to the nearest whole one, halves away from zero, limited to EB_FAR. */
static inline int32_t eb_rounded(float value)
{
    int32_t whole;
    float rest;
    float limited = value;
    /* What is no number fails every comparison, and becomes the lowest one. */
    if (!(limited > -EB_FAR)) {
        limited = -EB_FAR;
    }
    if (limited > EB_FAR) {
        limited = EB_FAR;
    }
    whole = (int32_t)limited;
    /* Exact, as both are close to each other; value + 0.5 rounds up what is just below a half. */
    rest = limited - (float)whole;
    if (rest >= 0.5F) {
        whole++;
    } else if (rest <= -0.5F) {
        whole--;
    } else {
        /* it is the nearest */
    }
    return whole;
}

#endif
