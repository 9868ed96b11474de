/* Kernels of int16 activations besides those with weights, and of values of any width.
 *
 * What eb_kernels.h says of every kernel holds for these. Zero points of int16 are 0; the output is
 * written from its first value to its last, and eb_add_16, eb_sub_16 and eb_mul_16 may write over
 * an input of the output's size.
 */
#ifndef EB_KERNELS_16_H
#define EB_KERNELS_16_H

#include "eb_kernels.h"

/* Both inputs of eb_add_16 are raised by so many bits before they are scaled to a common step. */
#define EB_ADD_RAISED_16 15
/* Steps of the tables in eb_softmax_16, which have one value more. */
#define EB_SOFTMAX_16_STEPS 512
/* Of the table in eb_curve_16. */
#define EB_CURVE_16_VALUES 256

/* exp of -10 to 0 and 1 / (1 + x) of 0 to 1, over the range of an int16_t. */
struct eb_softmax_16_layer {
    int32_t rows;
    int32_t count;
    int32_t multiplier; /* of differences from the largest: -10 becomes -65535 */
    int32_t shift;
    const int16_t *exponentials;
    const int16_t *reciprocals;
};

/* LOGISTIC or TANH: value number i of the table is about 65536 * logistic(i / 24). */
struct eb_curve_16_layer {
    const uint16_t *table;
    int32_t count;
    int32_t multiplier; /* of an input: 10.7 becomes 2^17; at most 32767, or 6 for an exact scale */
    int32_t shift;      /* to the right, 0 to 30 */
    bool is_tanh;
};

enum eb_width { EB_WIDTH_1 = 1, EB_WIDTH_2 = 2, EB_WIDTH_4 = 4, EB_WIDTH_8 = 8 };

/* A stored number into another scale or type; below the zero point by a factor of its own. */
struct eb_requantize_layer {
    int32_t count;
    enum eb_width input_width; /* 1, 2 or 4 */
    enum eb_width output_width;
    int32_t input_zero_point;
    int32_t multipliers[2]; /* from the zero point on, and below it */
    int32_t shifts[2];
    int32_t output_zero_point;
    struct eb_range output;
};

/* Which of `size` values is the largest, or the smallest; the first of equal ones. */
struct eb_arg_layer {
    int32_t outer;
    int32_t size;
    int32_t inner;
    bool is_least;
    enum eb_width input_width;  /* 1 or 2 */
    enum eb_width output_width; /* 4 or 8 */
};

enum eb_number { EB_WHOLE, EB_UNSIGNED, EB_REAL };

/* CAST: a real number becomes an int32_t, a whole one is cut to fewer bits. */
struct eb_cast_layer {
    int32_t count;
    enum eb_number input;
    enum eb_width input_width;
    enum eb_number output;
    enum eb_width output_width;
};

/* int32 arithmetic that wraps; 0 adds, 1 subtracts, 2 multiplies. */
struct eb_whole_layer {
    struct eb_loop_nest loops;
    int32_t operation;
    struct eb_range output;
};

void eb_add_16(const struct eb_add_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output);
void eb_sub_16(const struct eb_add_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output);
void eb_mul_16(const struct eb_mul_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output);
void eb_maximum_16(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                   int16_t *output);
void eb_minimum_16(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                   int16_t *output);

void eb_average_pool_2d_16(const struct eb_pool_layer *layer, const int16_t *input,
                           int16_t *output);
void eb_max_pool_2d_16(const struct eb_pool_layer *layer, const int16_t *input, int16_t *output);
void eb_mean_16(const struct eb_mean_layer *layer, const int16_t *input, int16_t *output);

void eb_softmax_16(const struct eb_softmax_16_layer *layer, const int16_t *input, int16_t *output);
void eb_curve_16(const struct eb_curve_16_layer *layer, const int16_t *input, int16_t *output);

/* Values of any width lie where the int8_t pointers point, aligned to 4 bytes. */
void eb_requantize(const struct eb_requantize_layer *layer, const int8_t *input, int8_t *output);
void eb_arg(const struct eb_arg_layer *layer, const int8_t *input, int8_t *output);
void eb_cast(const struct eb_cast_layer *layer, const int8_t *input, int8_t *output);
void eb_whole(const struct eb_whole_layer *layer, const int8_t *left, const int8_t *right,
              int8_t *output);

#endif
