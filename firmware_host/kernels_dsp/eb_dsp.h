/* Words of packed numbers, and how a sum becomes an output. */
#ifndef EB_DSP_H
#define EB_DSP_H

#include <arm_acle.h>
#include <stdint.h>
#include <string.h>

#include "eb_fixed_point.h"
#include "eb_kernels_dsp.h"

/* Four bytes from an address of any alignment: one LDR. */
static inline uint32_t eb_word_at(const int8_t *bytes)
{
    uint32_t word;
    (void)memcpy(&word, bytes, sizeof(word));
    return word;
}

/* Bytes 0 and 2 of a word, and bytes 1 and 3, as pairs of int16. */
static inline int32_t eb_even_of(uint32_t word)
{
    int32_t pair;
    __asm("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

static inline int32_t eb_odd_of(uint32_t word)
{
    int32_t pair;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

/* The high word of left * right, rounded. */
static inline int32_t eb_high_word(int32_t left, int32_t right)
{
    int32_t result;
    __asm("smmulr %0, %1, %2" : "=r"(result) : "r"(left), "r"(right));
    return result;
}

static inline int32_t eb_dsp_finished(int32_t sum, const struct eb_dsp_scale *scale)
{
    int32_t value = eb_high_word((int32_t)((uint32_t)sum << 1), scale->multiplier);
    value -= (sum < 0) ? 1 : 0;
    return __ssat((value + scale->offset) >> scale->shift, 8);
}

#endif
