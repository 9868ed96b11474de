/* Sums of products of int8 weights and inputs that were widened to int16; in assembly. */
#ifndef EB_DOTS_H
#define EB_DOTS_H

#include <stdint.h>

#include "eb_kernels_dsp.h"

/* Where the outputs of two channels by four pixels go, and how their sums become outputs. */
struct eb_dot_block {
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    int8_t *output;
    int32_t stride; /* from a pixel's output to the next one's */
};

/* The same of four outputs of a dense layer. */
struct eb_dense_block {
    const int32_t *bias;
    const struct eb_dsp_scale *scales;
    int8_t *output;
};

struct eb_depthwise_block {
    const struct eb_dsp_scale *scales;
    int8_t *output;
    int32_t channels; /* a multiple of four */
};

/* Two channels by four pixels, taps a multiple of eight. Columns: for every four taps the pixels'
 * pairs of taps 0 and 2, then those of taps 1 and 3. sums: two biases in, eight sums out (channel
 * by channel). */
void eb_dot_2_by_4(const int8_t *weights, const int16_t *columns, const int16_t *end,
                   int32_t *sums);

/* The same, finished and stored; outputs are limited by their type only. */
void eb_conv_2_by_4(const int8_t *weights, const int16_t *columns, const int16_t *end,
                    const struct eb_dot_block *block);

/* The same two of weights that are int16 already: see struct eb_dsp_conv. */
void eb_dot_2_by_4_wide(const int16_t *weights, const int16_t *columns, const int16_t *end,
                        int32_t *sums);
void eb_conv_2_by_4_wide(const int16_t *weights, const int16_t *columns, const int16_t *end,
                         const struct eb_dot_block *block);

/* Four outputs of a dense layer, inputs a multiple of eight: for every four inputs 0 and 2, then
 * inputs 1 and 3. The block goes on to the next four. */
void eb_dense_4(const int8_t *weights, const int16_t *inputs, const int16_t *end,
                struct eb_dense_block *block);

/* All channels of one output of a depthwise layer of nine taps. */
void eb_depthwise_9(const int8_t *const *taps, const int32_t *weights, const int32_t *bias,
                    const struct eb_depthwise_block *block);

#endif
