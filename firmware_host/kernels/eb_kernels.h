/* TensorFlow Lite's int8 and int16x8 reference kernels in plain C: the same numbers, bit for bit.
 *
 * Activations are NHWC with N = 1, weights as the .tflite has them (OHWI; depthwise 1HWC). Scales
 * have become a fixed-point multiplier and a shift (a power of two; positive is left).
 *
 * What holds for every kernel below is for the caller to keep, and is not checked at run time:
 *
 * - No pointer is NULL, but `bias` may be. Structs and the arrays in them are constants.
 * - Counts and sizes are 1 or more, products of them fit an int32_t, arrays are as long as the
 *   shapes say, and activations are aligned to 4 bytes.
 * - The output overlaps no input. Only eb_add, eb_sub, eb_mul, eb_prelu, eb_maximum,
 *   eb_minimum and eb_look_up may write over an input of the output's size: they read a value
 *   before they write it.
 * - Multipliers are 0, or 2^30 to 2^31 - 1; shifts are -31 to 30. Zero points are -128 to 127, of
 *   int16 activations 0. Ranges lie within the output's type, low <= high.
 * - Sums of products with their bias fit an int32_t, of int16 activations 48 bits; where
 *   they don't, the reference overflows as well.
 * - Kernels keep no state but what the caller hands them, call nothing of libc but memcpy and
 *   memset, and need no scratch memory.
 */
#ifndef EB_KERNELS_H
#define EB_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_platform.h"

#define EB_LOOP_NEST_DEPTH 4
/* Both inputs of eb_add are raised by so many bits before they are scaled to a common step. */
#define EB_ADD_RAISED 20
/* Both inputs of eb_squared_difference are raised by so many bits. */
#define EB_SQUARE_RAISED 7
/* Integer bits of a scaled difference in eb_softmax. */
#define EB_SOFTMAX_DIFFERENCE_BITS 5
/* Shares of rows and columns in eb_resize_bilinear are of so many steps. */
#define EB_BILINEAR_ONE 1024
/* The largest shift to the left of an int16 output. */
#define EB_16X8_MOST_LEFT_SHIFT 7

struct eb_shape {
    int32_t height;
    int32_t width;
    int32_t channels;
};

/* A window that slides over an input: a convolution's or a pooling's. */
struct eb_window {
    int32_t height;
    int32_t width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
};

struct eb_range {
    int32_t low;
    int32_t high;
};

/* Loops over two operands, outermost first; unused ones run once. */
struct eb_loop_nest {
    int32_t counts[EB_LOOP_NEST_DEPTH];
    int32_t left_steps[EB_LOOP_NEST_DEPTH];
    int32_t right_steps[EB_LOOP_NEST_DEPTH];
};

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

/* Single output channels of a convolution. `weighted` has the weights (OHWI), biases, multipliers
 * and shifts of these only, one after the other; conv.output has all channels. */
struct eb_some_channels {
    struct eb_conv conv;
    const int32_t *channels; /* their numbers, each below conv.output.channels */
    int32_t count;
    bool is_depthwise; /* a channel sees the input channel of its number; conv.depth is 1 */
};

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

struct eb_pool_layer {
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
    struct eb_range range;
    bool rounds_up; /* an average's half goes up, not away from zero: of a network of uint8 */
};

struct eb_add_layer {
    struct eb_loop_nest loops;
    int32_t zero_points[2];
    int32_t multipliers[2];
    int32_t shifts[2];
    int32_t output_zero_point;
    int32_t output_multiplier;
    int32_t output_shift;
    struct eb_range output;
};

struct eb_mul_layer {
    struct eb_loop_nest loops;
    int32_t zero_points[2];
    int32_t output_zero_point;
    int32_t output_multiplier;
    int32_t output_shift;
    struct eb_range output;
};

/* Where an input is below 0, its product with a slope. */
struct eb_prelu_layer {
    struct eb_loop_nest loops;
    int32_t zero_points[2]; /* of inputs and of slopes */
    int32_t multipliers[2]; /* for inputs of 0 and more, and for products */
    int32_t shifts[2];
    int32_t output_zero_point;
};

/* Two activations of one scale, value by value. */
struct eb_extreme_layer {
    struct eb_loop_nest loops;
};

/* The largest or smallest over the second and the fourth of four dimensions. */
struct eb_reduce_layer {
    int32_t counts[4];
};

/* A mean over the second and the fourth of four dimensions. */
struct eb_mean_layer {
    int32_t counts[4];
    int32_t input_zero_point;
    int32_t multiplier; /* it divides by the count as well */
    int32_t shift;
    int32_t output_zero_point;
};

/* An op of one byte to one byte: its 256 answers, that to -128 (as an int8) first. */
struct eb_table_layer {
    const int8_t *table;
    int32_t count;
};

/* Of real numbers: stored = real / scale + zero_point, rounded and limited. */
struct eb_quantize_layer {
    float scale;
    int32_t zero_point;
    struct eb_range range;
    int32_t count;
    bool is_wide; /* int16_t, not one byte */
};

/* Of stored numbers: real = scale * (stored - zero_point). */
struct eb_dequantize_layer {
    float scale;
    int32_t zero_point;
    int32_t count;
    bool is_wide;     /* int16_t, not one byte */
    bool is_unsigned; /* the byte is a uint8_t */
};

/* Runs of bytes, from where the left operand is to where the right one is. */
struct eb_move_layer {
    int32_t run_bytes;
    struct eb_loop_nest loops;
    int32_t input_start;
    int32_t output_start;
};

/* Runs of bytes that a list chooses, each of `outer` times. */
struct eb_gather_layer {
    const int32_t *indices; /* 0 to size - 1 */
    int32_t count;          /* of indices */
    int32_t outer;
    int32_t size; /* runs in the input, for each of `outer` */
    int32_t run_bytes;
};

/* The pixel of the input that each row and each column of the output takes. */
struct eb_nearest_layer {
    const int32_t *rows;    /* output_height of them */
    const int32_t *columns; /* output_width of them */
    int32_t output_height;
    int32_t output_width;
    int32_t input_width;
    int32_t pixel_bytes;
};

/* Where each row and each column of the output lies between two of the input. */
struct eb_between {
    int32_t before;
    int32_t behind;
    int32_t share; /* of the one behind, in steps of 1 / EB_BILINEAR_ONE */
};

struct eb_bilinear_layer {
    const struct eb_between *rows;    /* output_height of them */
    const struct eb_between *columns; /* output_width of them */
    int32_t output_height;
    int32_t output_width;
    int32_t input_width;
    int32_t channels;
};

/* Moves of single bytes, each through a table as that of eb_table_layer. */
struct eb_move_table_layer {
    const int8_t *table;
    struct eb_move_layer move;
};

struct eb_fill_layer {
    int32_t value; /* -128 to 127 */
    int32_t count;
};

struct eb_softmax_layer {
    int32_t rows;
    int32_t count; /* fewer than 4,096: their sum has 12 integer bits */
    int32_t multiplier;
    int32_t shift;
    int32_t least_difference; /* below it an exponential counts as 0 */
};

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

/* Weights, biases, multipliers and shifts are of four gates, one behind the other: input, forget,
 * cell, output. Each has rows of `inputs`, and of `units` for the hidden state. */
struct eb_lstm_layer {
    const int8_t *input_weights;
    const int8_t *recurrent_weights;
    const int32_t *bias;
    const int32_t *multipliers; /* of four sums over inputs, then of four over hidden states */
    const int8_t *shifts;
    int32_t batches;
    int32_t steps;
    int32_t inputs;
    int32_t units;
    bool is_time_major; /* inputs of one time lie together, not those of one batch */
    int32_t input_zero_point;
    int32_t hidden_zero_point;
    int32_t kept_multiplier; /* of the forget gate times the cell */
    int32_t kept_shift;
    int32_t added_multiplier; /* of the input gate times the cell gate */
    int32_t added_shift;
    int32_t hidden_multiplier; /* of the output gate times the cell's function */
    int32_t hidden_shift;
    struct eb_range cell;
    int32_t cell_shift; /* the cell's bits behind the point are 12 less this: -15 to 14 */
};

/* Each unit is the sum of `rank` filters. A filter's `steps` products with the last inputs are
 * int16_t in its memory, oldest first. */
struct eb_svdf_layer {
    const int8_t *weights;
    const int16_t *time_weights;
    const int32_t *bias; /* NULL for none */
    int32_t batches;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t steps;
    int32_t input_zero_point;
    int32_t state_multiplier;
    int32_t state_shift;
    struct eb_range state;
    int32_t output_multiplier;
    int32_t output_shift;
    int32_t output_zero_point;
};

/* CONV_2D. output.channels is a multiple of the groups, input.channels / depth. */
void eb_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output);

/* DEPTHWISE_CONV_2D. output.channels is a multiple of input.channels; depth is not read. */
void eb_depthwise_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output);

/* Compute single channels of CONV_2D (not grouped) or DEPTHWISE_CONV_2D (of multiplier 1) into the
 * output, and leave the others as they are. FULLY_CONNECTED of one row is a CONV_2D of one pixel.
 */
void eb_conv_2d_some(const struct eb_some_channels *layer, const int8_t *input, int8_t *output);

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

/* AVERAGE_POOL_2D and MAX_POOL_2D: of the part of a window that lies within the input. Dilations
 * are not read; input and output have the same scale and channels. */
void eb_average_pool_2d(const struct eb_pool_layer *layer, const int8_t *input, int8_t *output);
void eb_max_pool_2d(const struct eb_pool_layer *layer, const int8_t *input, int8_t *output);

/* MEAN: counts[0] * counts[2] outputs, each of counts[1] * counts[3] < 2^23 inputs. */
void eb_mean(const struct eb_mean_layer *layer, const int8_t *input, int8_t *output);

/* REDUCE_MAX and REDUCE_MIN: counts[0] * counts[2] outputs, each of counts[1] * counts[3] inputs.
 */
void eb_reduce_max(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output);
void eb_reduce_min(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output);

/* ADD, SUB, MUL, PRELU, MAXIMUM and MINIMUM: the output is written from its first value to its
 * last, and may be `left` or `right` where that operand's steps are those of the output. SUB takes
 * ADD's layer. */
void eb_add(const struct eb_add_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_sub(const struct eb_add_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_mul(const struct eb_mul_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);

/* DIV: of a layer of eb_mul, whose output_shift is at most 22; what is divided by 0 gives the zero
 * point, where the reference stops. SQUARED_DIFFERENCE takes ADD's layer. */
void eb_div(const struct eb_mul_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_squared_difference(const struct eb_add_layer *layer, const int8_t *left,
                           const int8_t *right, int8_t *output);

void eb_prelu(const struct eb_prelu_layer *layer, const int8_t *input, const int8_t *slopes,
              int8_t *output);
void eb_maximum(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output);
void eb_minimum(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output);

/* SOFTMAX over the last axis: rows of count values. */
void eb_softmax(const struct eb_softmax_layer *layer, const int8_t *input, int8_t *output);

/* Any op of one byte to one byte; table has 256 values. The output may be the input. */
void eb_look_up(const struct eb_table_layer *layer, const int8_t *input, int8_t *output);

/* QUANTIZE of floats, and DEQUANTIZE to floats: those lie where the int8_t pointer points, aligned
 * to 4 bytes. The reference's numbers for any finite input; what is not a number gives the lowest.
 */
void eb_quantize(const struct eb_quantize_layer *layer, const int8_t *input, int8_t *output);
void eb_dequantize(const struct eb_dequantize_layer *layer, const int8_t *input, int8_t *output);

/* What PAD, TRANSPOSE, CONCATENATION and STRIDED_SLICE come to. Offsets are in bytes and stay
 * within both operands; what no run reaches of the output is left as it is. */
void eb_move(const struct eb_move_layer *layer, const int8_t *input, int8_t *output);
void eb_move_table(const struct eb_move_table_layer *layer, const int8_t *input, int8_t *output);
void eb_fill(const struct eb_fill_layer *layer, int8_t *output);

/* GATHER by constant indices: outer * count runs. */
void eb_gather(const struct eb_gather_layer *layer, const int8_t *input, int8_t *output);

/* TRANSPOSE_CONV. */
void eb_transpose_conv_2d_16x8(const struct eb_transpose_conv_16x8 *layer, const int16_t *input,
                               int16_t *output);
void eb_transpose_conv_2d(const struct eb_transpose_conv *layer, const int8_t *input,
                          int8_t *output);

/* BATCH_MATMUL, and the same of int16_t with zero points of 0, aligned to 2 bytes. */
void eb_batch_matmul(const struct eb_matrix_layer *layer, const int8_t *left, const int8_t *right,
                     int8_t *output);
void eb_batch_matmul_16(const struct eb_matrix_layer *layer, const int8_t *left,
                        const int8_t *right, int8_t *output);

/* UNIDIRECTIONAL_SEQUENCE_LSTM. `hidden` has batches * units values, `cell` as many int16_t; both
 * go on where the last call ended. */
void eb_lstm(const struct eb_lstm_layer *layer, const int8_t *input, int8_t *hidden, int8_t *cell,
             int8_t *output);

/* SVDF. `state` has batches * units * rank * steps int16_t, and goes on where the last call ended.
 */
void eb_svdf(const struct eb_svdf_layer *layer, const int8_t *input, int8_t *state, int8_t *output);

/* RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR of one image. */
void eb_resize_nearest(const struct eb_nearest_layer *layer, const int8_t *input, int8_t *output);
void eb_resize_bilinear(const struct eb_bilinear_layer *layer, const int8_t *input, int8_t *output);

#endif
