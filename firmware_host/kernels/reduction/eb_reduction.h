/* Kernels that make one value of many: pooling, means, extremes, softmax.
 *
 * What eb_kernels.h says of every kernel holds here too. Zero points of int16 are 0. */
#ifndef EB_REDUCTION_H
#define EB_REDUCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_shapes.h"

/* Integer bits of a scaled difference in eb_softmax. */
#define EB_SOFTMAX_DIFFERENCE_BITS 5
/* Steps of the tables in eb_softmax_16, which have one value more. */
#define EB_SOFTMAX_16_STEPS 512

struct eb_pool_layer {
    struct eb_shape input;
    struct eb_shape output;
    struct eb_window window;
    struct eb_range range;
    bool rounds_up; /* an average's half goes up, not away from zero: of a network of uint8 */
};

/* AVERAGE_POOL_2D and MAX_POOL_2D: of the part of a window that lies within the input. Dilations
 * are not read; input and output have the same scale and channels. */
void eb_average_pool_2d(const struct eb_pool_layer *layer, const int8_t *input, int8_t *output);
void eb_max_pool_2d(const struct eb_pool_layer *layer, const int8_t *input, int8_t *output);
void eb_average_pool_2d_16(const struct eb_pool_layer *layer, const int16_t *input,
                           int16_t *output);
void eb_max_pool_2d_16(const struct eb_pool_layer *layer, const int16_t *input, int16_t *output);

/* A mean over the second and the fourth of four dimensions. */
struct eb_mean_layer {
    int32_t counts[4];
    int32_t input_zero_point;
    int32_t multiplier; /* it divides by the count as well */
    int32_t shift;
    int32_t output_zero_point;
};

/* MEAN: counts[0] * counts[2] outputs, each of counts[1] * counts[3] < 2^23 inputs. */
void eb_mean(const struct eb_mean_layer *layer, const int8_t *input, int8_t *output);
void eb_mean_16(const struct eb_mean_layer *layer, const int16_t *input, int16_t *output);

/* The largest or smallest over the second and the fourth of four dimensions. */
struct eb_reduce_layer {
    int32_t counts[4];
};

/* REDUCE_MAX and REDUCE_MIN: counts[0] * counts[2] outputs, each of counts[1] * counts[3] inputs.
 */
void eb_reduce_max(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output);
void eb_reduce_min(const struct eb_reduce_layer *layer, const int8_t *input, int8_t *output);

struct eb_softmax_layer {
    int32_t rows;
    int32_t count; /* fewer than 4,096: their sum has 12 integer bits */
    int32_t multiplier;
    int32_t shift;
    int32_t least_difference; /* below it an exponential counts as 0 */
};

/* SOFTMAX over the last axis: rows of count values. */
void eb_softmax(const struct eb_softmax_layer *layer, const int8_t *input, int8_t *output);

/* The same with int16_t at the output, in steps of 1/65536 from -32768. */
void eb_softmax_8_to_16(const struct eb_softmax_layer *layer, const int8_t *input, int8_t *output);

/* Rows of count values, each of which is divided by the row's length. */
struct eb_l2_normalization_layer {
    int32_t rows;
    int32_t count; /* the squares of a row's differences from the zero point fit an int32_t */
    int32_t input_zero_point;
};

/* L2_NORMALIZATION; the output is in steps of 1/128. */
void eb_l2_normalization(const struct eb_l2_normalization_layer *layer, const int8_t *input,
                         int8_t *output);

/* exp of -10 to 0 and 1 / (1 + x) of 0 to 1, over the range of an int16_t. */
struct eb_softmax_16_layer {
    int32_t rows;
    int32_t count;
    int32_t multiplier; /* of differences from the largest: -10 becomes -65535 */
    int32_t shift;
    const int16_t *exponentials;
    const int16_t *reciprocals;
};

/* SOFTMAX of int16. */
void eb_softmax_16(const struct eb_softmax_16_layer *layer, const int16_t *input, int16_t *output);

#endif
