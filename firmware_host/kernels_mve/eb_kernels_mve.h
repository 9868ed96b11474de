/* The kernels of eb_kernels.h for Helium, Arm's vector instructions (Cortex-M55, M85): the same
 * numbers, under the conditions of eb_kernels_dsp.h.
 */
#ifndef EB_KERNELS_MVE_H
#define EB_KERNELS_MVE_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_kernels_dsp.h"

/* Packed weights are filled up to a multiple of so many taps and channels; those of depthwise
 * layers are packed by EB_MVE_DEPTHWISE_GROUP channels. */
#define EB_MVE_TAPS 16
#define EB_MVE_GROUP 4
#define EB_MVE_DEPTHWISE_GROUP 8

/* How sums become outputs: struct eb_dsp_scale in columns, shifts negative, filled up with zeros to
 * a multiple of four channels. */
struct eb_mve_outputs {
    const int32_t *bias;
    const int32_t *multipliers;
    const int32_t *offsets;
    const int32_t *shifts;
    struct eb_range range;
    int32_t channels;
};

struct eb_mve_conv {
    const int8_t *weights; /* of four channels at a time, sixteen taps of each in turn */
    struct eb_mve_outputs outputs;
    struct eb_geometry geometry;
    int32_t taps;
    bool is_direct; /* an output sees one pixel of a multiple of sixteen channels */
};

struct eb_mve_depthwise {
    const int8_t *weights;         /* of eight channels at a time, a tap in turn */
    struct eb_mve_outputs outputs; /* of eight channels: 0, 2, 4, 6, then 1, 3, 5, 7 */
    struct eb_geometry geometry;
};

struct eb_mve_dense {
    const int8_t *weights; /* as eb_mve_conv has them */
    struct eb_mve_outputs outputs;
    int32_t inputs;
};

/* CONV_2D, not grouped. scratch: none where is_direct, else a byte for each tap, the taps rounded
 * up to a multiple of sixteen. */
void eb_mve_conv_2d(const struct eb_mve_conv *layer, const int8_t *input, int8_t *output,
                    void *scratch);

/* DEPTHWISE_CONV_2D of multiplier 1, at most EB_DEPTHWISE_MOST_TAPS taps and a multiple of eight
 * channels. scratch: as many bytes as channels. */
void eb_mve_depthwise_conv_2d(const struct eb_mve_depthwise *layer, const int8_t *input,
                              int8_t *output, void *scratch);

/* FULLY_CONNECTED of one row. scratch: a byte for each input, rounded up to a multiple of sixteen.
 */
void eb_mve_fully_connected(const struct eb_mve_dense *layer, const int8_t *input, int8_t *output,
                            void *scratch);

#endif
