/* How four sums become outputs. */
#ifndef EB_MVE_H
#define EB_MVE_H

#include <arm_mve.h>
#include <stdint.h>

#include "eb_kernels_mve.h"

/* Four channels' outputs from the first of them on: see struct eb_dsp_scale. */
static inline int32x4_t eb_mve_finished_4(const struct eb_mve_outputs *outputs, int32_t first,
                                          int32x4_t sums)
{
    int32x4_t value = vqrdmulhq_s32(sums, vld1q_s32(&outputs->multipliers[first]));
    value = vaddq_s32(value, vshrq_n_s32(value, 31));
    value = vaddq_s32(value, vld1q_s32(&outputs->offsets[first]));
    value = vshlq_s32(value, vld1q_s32(&outputs->shifts[first]));
    value = vmaxq_s32(value, vdupq_n_s32(outputs->range.low));
    return vminq_s32(value, vdupq_n_s32(outputs->range.high));
}

#endif
