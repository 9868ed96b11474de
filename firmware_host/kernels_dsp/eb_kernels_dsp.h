/* The kernels of eb_kernels.h for processors with Arm's DSP instructions (Cortex-M4, M7, M33, M55):
 * the same numbers, from weights that the generator has packed and biases that hold the input's
 * zero point.
 *
 * What eb_kernels.h says of all kernels holds here too. Besides:
 *
 * - Requantization is the fast form of "multiply, round, shift, round". It gives the same numbers
 *   where |bias| + 128 * sum of |weights| < 2^30, shifts are 1 to 30 to the right, and the quotient
 *   with its offset fits an int32. The generator proves that for every channel. A channel where it
 *   can't gets a multiplier of 0 and its constant as offset, or is computed again by
 *   eb_conv_2d_some.
 * - Scratch memory is aligned to 4 bytes, overlaps neither input nor output, and holds nothing that
 *   matters before or after a call. Each function says how much it needs.
 */
#ifndef EB_KERNELS_DSP_H
#define EB_KERNELS_DSP_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_kernels.h"

/* The most taps of a depthwise window: height x width. */
#define EB_DEPTHWISE_MOST_TAPS 25
/* Packed weights are filled up to a multiple of so many taps, those of dense and depthwise layers
 * to a multiple of so many channels. */
#define EB_DSP_TAPS 8
#define EB_DSP_GROUP 4

/* A channel's requantization: ((sum * 2 * multiplier) >> 32, rounded; less 1 where the sum is
 * negative; plus offset) >> shift. The offset holds half a step and the output's zero point. */
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
     * taps 0 and 2 of each channel, then taps 1 and 3. Zeros fill up the taps to a multiple of
     * eight, the channels to one of two. */
    const void *weights;
    const int32_t *bias;               /* an even number */
    const struct eb_dsp_scale *scales; /* as many */
    struct eb_geometry geometry;
    int32_t taps; /* of one output: height x width x channels */
    bool is_wide;
    struct eb_range range;
};

/* Which outputs of a depthwise layer are computed four at a time: none, those of a row, or those of
 * a column. The latter need 3 x 3 taps without dilation, a stride of 1 or 2 from one to the next,
 * and a range that only the type limits. */
#define EB_NO_LINES 0
#define EB_ROWS 1
#define EB_COLUMNS 2

struct eb_dsp_depthwise {
    /* of four channels at a time, a tap in turn: pairs of int16, channels 0 and 2, then 1 and 3 */
    const int32_t *weights;
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    struct eb_geometry geometry;
    int32_t lines; /* EB_NO_LINES, EB_ROWS or EB_COLUMNS */
    struct eb_range range;
};

struct eb_dsp_dense {
    /* of four outputs at a time, four inputs of each in turn; zeros fill up the inputs to a
     * multiple of eight, the outputs to one of four */
    const int8_t *weights;
    const int32_t *bias;               /* a multiple of four */
    const struct eb_dsp_scale *scales; /* as many */
    int32_t inputs;
    int32_t outputs;
    struct eb_range range;
};

/* Both inputs by tables of what each of their 256 values adds to the sum, that for -128 first. */
struct eb_dsp_add {
    const int32_t *left;
    const int32_t *right;
    struct eb_dsp_scale scale;
    int32_t count;
    struct eb_range range;
};

/* ADD of two operands of the output's size; sums of two table entries stay below 2^30. The output
 * may be either input. No scratch memory. */
void eb_dsp_add(const struct eb_dsp_add *layer, const int8_t *left, const int8_t *right,
                int8_t *output);

/* CONV_2D, not grouped. scratch: 7 bytes for each tap, the taps rounded up to a multiple of eight;
 * used as int16_t. */
void eb_dsp_conv_2d(const struct eb_dsp_conv *layer, const int8_t *input, int8_t *output,
                    void *scratch);

/* DEPTHWISE_CONV_2D of multiplier 1, at most EB_DEPTHWISE_MOST_TAPS taps and a multiple of four
 * channels. scratch: as many bytes as channels; of lines 26 times (2 + stride x outputs of a line,
 * rounded up to four), used as int16_t. */
void eb_dsp_depthwise_conv_2d(const struct eb_dsp_depthwise *layer, const int8_t *input,
                              int8_t *output, void *scratch);

/* FULLY_CONNECTED of one row. scratch: 2 bytes for each input, rounded up to a multiple of eight
 * inputs; used as int16_t. */
void eb_dsp_fully_connected(const struct eb_dsp_dense *layer, const int8_t *input, int8_t *output,
                            void *scratch);

#endif
