/* TensorFlow Lite's int8 and int16x8 reference kernels in plain C: the same numbers, bit for bit.
 *
 * Activations are NHWC with N = 1, weights as the .tflite has them (OHWI; depthwise 1HWC). Scales
 * have become a fixed-point multiplier and a shift (a power of two; positive is left).
 *
 * What holds for every kernel is for the caller to keep, and is not checked at run time:
 *
 * - No pointer is NULL, but `bias` may be. Structs and the arrays in them are constants.
 * - Counts and sizes are 1 or more, products of them fit an int32_t, arrays are as long as the
 *   shapes say, and activations are aligned to 4 bytes.
 * - The output overlaps no input. Only eb_add, eb_sub, eb_mul, eb_prelu, eb_maximum,
 *   eb_minimum and eb_look_up, and eb_add_16, eb_sub_16 and eb_mul_16, may write over an input of
 *   the output's size: they read a value before they write it.
 * - Multipliers are 0, or 2^30 to 2^31 - 1; shifts are -31 to 30. Zero points are -128 to 127, of
 *   int16 activations 0. Ranges lie within the output's type, low <= high.
 * - Sums of products with their bias fit an int32_t, of int16 activations 48 bits; where
 *   they don't, the reference overflows as well.
 * - Kernels keep no state but what the caller hands them, call nothing of libc but memcpy and
 *   memset, and need no scratch memory.
 *
 * Each kind of op has a header of its own, with its layers and what else its kernels ask for.
 */
#ifndef EB_KERNELS_H
#define EB_KERNELS_H

#include "eb_any_width.h"
#include "eb_convolution.h"
#include "eb_data_movement.h"
#include "eb_elementwise.h"
#include "eb_platform.h"
#include "eb_recurrent.h"
#include "eb_reduction.h"
#include "eb_shapes.h"

#endif
