/* Sums of products of int8 weights and inputs that were widened to int16; in assembly. */
#ifndef EB_DOTS_H
#define EB_DOTS_H

#include <stdint.h>

#include "eb_kernels_dsp.h"

/* What a convolution computes of three pixels: pairs of channels. */
struct eb_conv_block {
    const int16_t *columns; /* what the pixels see, and where that ends */
    const int16_t *end;
    int32_t has_odd; /* whether taps / 8 is odd */
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    int8_t *output;
    int32_t stride; /* from a pixel's output to the next one's */
    int32_t pairs;
};

/* What a dense layer computes: groups of four outputs. */
struct eb_dense_block {
    const int16_t *inputs; /* and where they end */
    const int16_t *end;
    int32_t has_odd; /* whether inputs / 8 is odd */
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    int8_t *output;
    int32_t groups;
};

/* One output of a depthwise layer, all channels of it: a multiple of four. */
struct eb_taps_block {
    const int8_t *const *taps; /* their places, and where that ends */
    const int8_t *const *end;
    const int32_t *weights;
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    int8_t *output;
    int32_t channels;
};

/* Outputs of three pixels, limited by their type only, taps a multiple of eight. Columns: for every
 * four taps the pixels' pairs of taps 0 and 2, then those of taps 1 and 3. */
void eb_conv_2_by_3(const int8_t *weights, const struct eb_conv_block *block);

/* The same of weights that are int16 already: see struct eb_dsp_conv. */
void eb_conv_2_by_3_wide(const int16_t *weights, const struct eb_conv_block *block);

/* Outputs of a dense layer, limited by their type only, inputs a multiple of eight: for every four
 * inputs 0 and 2, then inputs 1 and 3. */
void eb_dense_4(const int8_t *weights, const struct eb_dense_block *block);

/* All channels of one output of a depthwise layer, limited by their type only. */
void eb_depthwise_taps(const struct eb_taps_block *block);

#endif
