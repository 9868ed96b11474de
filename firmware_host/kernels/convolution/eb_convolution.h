/* Kernels of layers with weights, and products of matrices.
 *
 * What eb_kernels.h says of every kernel holds here too. */
#ifndef EB_CONVOLUTION_H
#define EB_CONVOLUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_shapes.h"

/* The largest shift to the left of an int16 output. */
#define EB_16X8_MOST_LEFT_SHIFT 7

/* What a layer with weights needs; multipliers and shifts are per output channel. */
struct eb_weighted {
    const int8_t *weights;
    const int32_t *bias; /* NULL for none */
    const int32_t *multipliers;
    const int8_t *shifts;
    int32_t input_zero_point;
    int32_t output_zero_point;
    struct eb_range output;
    int32_t weights_zero_point; /* 0 but for the functions that end in _offset */
};

/* The same of int16 activations; shifts are at most EB_16X8_MOST_LEFT_SHIFT. */
struct eb_weighted_16x8 {
    const int8_t *weights;
    const int64_t *bias; /* NULL for none */
    const int32_t *multipliers;
    const int8_t *shifts;
    bool rounds_twice; /* as the reference does where biases are int32 */
    int32_t input_zero_point;
    struct eb_range output;
};

struct eb_conv {
    struct eb_weighted weighted;
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
    int32_t depth; /* input channels that an output sees: fewer than all in a grouped one */
};

struct eb_conv_16x8 {
    struct eb_weighted_16x8 weighted;
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
    int32_t depth;
};

/* CONV_2D. output.channels is a multiple of the groups, input.channels / depth. */
void eb_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output);

/* DEPTHWISE_CONV_2D. output.channels is a multiple of input.channels; depth is not read. */
void eb_depthwise_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output);

/* Single output channels of a convolution. `weighted` has the weights (OHWI), biases, multipliers
 * and shifts of these only, one after the other; conv.output has all channels. */
struct eb_some_channels {
    struct eb_conv conv;
    const int32_t *channels; /* their numbers, each below conv.output.channels */
    int32_t count;
    bool is_depthwise; /* a channel sees the input channel of its number; conv.depth is 1 */
};

/* Compute single channels of CONV_2D (not grouped) or DEPTHWISE_CONV_2D (of multiplier 1) into the
 * output, and leave the others as they are. FULLY_CONNECTED of one row is a CONV_2D of one pixel.
 */
void eb_conv_2d_some(const struct eb_some_channels *layer, const int8_t *input, int8_t *output);

struct eb_dense {
    struct eb_weighted weighted;
    int32_t rows; /* inputs that are run through it one after the other */
    int32_t inputs;
    int32_t outputs;
};

struct eb_dense_16x8 {
    struct eb_weighted_16x8 weighted;
    int32_t rows;
    int32_t inputs;
    int32_t outputs;
};

/* FULLY_CONNECTED: input has rows * inputs values, output rows * outputs. */
void eb_fully_connected(const struct eb_dense *layer, const int8_t *input, int8_t *output);

/* The same three with weights that have a zero point, -128 to 127. */
void eb_conv_2d_offset(const struct eb_conv *layer, const int8_t *input, int8_t *output);
void eb_depthwise_conv_2d_offset(const struct eb_conv *layer, const int8_t *input, int8_t *output);
void eb_fully_connected_offset(const struct eb_dense *layer, const int8_t *input, int8_t *output);

/* The same three of int16 activations. */
void eb_conv_2d_16x8(const struct eb_conv_16x8 *layer, const int16_t *input, int16_t *output);
void eb_depthwise_conv_2d_16x8(const struct eb_conv_16x8 *layer, const int16_t *input,
                               int16_t *output);
void eb_fully_connected_16x8(const struct eb_dense_16x8 *layer, const int16_t *input,
                             int16_t *output);

/* TRANSPOSE_CONV; dilations are not read. */
struct eb_transpose_conv {
    struct eb_weighted weighted; /* weights_zero_point is read */
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
};

struct eb_transpose_conv_16x8 {
    struct eb_weighted_16x8 weighted;
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
};

/* TRANSPOSE_CONV. */
void eb_transpose_conv_2d_16x8(const struct eb_transpose_conv_16x8 *layer, const int16_t *input,
                               int16_t *output);
void eb_transpose_conv_2d(const struct eb_transpose_conv *layer, const int8_t *input,
                          int8_t *output);

/* Products of matrices, as many as the loops over batches make. Steps are in values. */
struct eb_matrix_layer {
    struct eb_loop_nest batches;
    int32_t rows;
    int32_t columns;
    int32_t depth;
    int32_t left_row; /* from a row of the left matrix to the next */
    int32_t left_step;
    int32_t right_column;
    int32_t right_step;
    int32_t zero_points[2];
    int32_t output_zero_point;
    int32_t output_multiplier;
    int32_t output_shift;
};

/* BATCH_MATMUL, and the same of int16_t with zero points of 0, aligned to 2 bytes. */
void eb_batch_matmul(const struct eb_matrix_layer *layer, const int8_t *left, const int8_t *right,
                     int8_t *output);
void eb_batch_matmul_16(const struct eb_matrix_layer *layer, const int8_t *left,
                        const int8_t *right, int8_t *output);

#endif
