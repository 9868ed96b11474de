/* The kernels of kernels.h for processors with Arm's DSP instructions (Cortex-M4, M7, M33, M55):
 * the same numbers, from weights that the generator has packed and biases that hold the input's
 * zero point.
 *
 * Requantization is the fast form of "multiply, round, shift, round", which is the same where sums
 * stay below 2^30 and shifts are to the right: the generator proves both for every channel, and
 * takes the portable kernel for a layer where it can't.
 */
#ifndef EB_KERNELS_DSP_H
#define EB_KERNELS_DSP_H

#include <stdint.h>

#include "eb_kernels.h"

/* A channel's requantization: ((sum * 2 * multiplier) >> 32, rounded; plus sign; plus offset) >>
 * shift. The offset holds half a step and the output's zero point. */
struct eb_dsp_scale {
    int32_t multiplier;
    int32_t offset;
    int32_t shift;
};

/* A convolution's shapes; outside the input lies its zero point. */
struct eb_geometry {
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
    int32_t input_zero_point;
};

struct eb_dsp_conv {
    /* of two channels at a time, four taps of each in turn: int8; or, where is_wide, int16 pairs:
     * taps 0 and 2 of each channel, then taps 1 and 3 */
    const void *weights;
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    struct eb_geometry geometry;
    int32_t taps; /* of one output: height x width x channels */
    int32_t is_wide;
    struct eb_range range;
};

struct eb_dsp_depthwise {
    /* of four channels at a time, a tap in turn: pairs of int16, channels 0 and 2, then 1 and 3 */
    const int32_t *weights;
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    struct eb_geometry geometry;
    struct eb_range range;
};

struct eb_dsp_dense {
    const int8_t *weights; /* of four outputs at a time, four inputs of each in turn */
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    int32_t inputs;
    int32_t outputs;
    struct eb_range range;
};

/* Both inputs by tables of what each of their 256 values adds to the sum. */
struct eb_dsp_add {
    const int32_t *left;
    const int32_t *right;
    struct eb_dsp_scale scale;
    int32_t count;
    struct eb_range range;
};

void eb_dsp_add(const struct eb_dsp_add *layer, const int8_t *left, const int8_t *right, int8_t *output);

/* scratch: 9 bytes for each tap, the taps rounded up to a multiple of eight */
void eb_dsp_conv_2d(const struct eb_dsp_conv *layer, const int8_t *input, int8_t *output, void *scratch);

/* scratch: `channels` bytes, rounded up to a multiple of four */
void eb_dsp_depthwise_conv_2d(const struct eb_dsp_depthwise *layer, const int8_t *input, int8_t *output,
                           void *scratch);

/* scratch: 2 bytes for each input, rounded up to a multiple of eight inputs */
void eb_dsp_fully_connected(const struct eb_dsp_dense *layer, const int8_t *input, int8_t *output,
                         void *scratch);

#endif
