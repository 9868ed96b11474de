/* Kernels that compute value by value: arithmetic, extremes, curves.
 *
 * What eb_kernels.h says of every kernel holds here too. Zero points of int16 are 0.
 *
 * The output is written from its first value to its last, and may be `left` or `right` where that
 * operand's steps are those of the output; eb_kernels.h names the kernels that allow it. */
#ifndef EB_ELEMENTWISE_H
#define EB_ELEMENTWISE_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_shapes.h"

/* Both inputs of eb_add are raised by so many bits before they are scaled to a common step. */
#define EB_ADD_RAISED 20
/* The same of eb_add_16. */
#define EB_ADD_RAISED_16 15
/* Both inputs of eb_squared_difference are raised by so many bits. */
#define EB_SQUARE_RAISED 7
/* Values of the table in eb_curve_16. */
#define EB_CURVE_16_VALUES 256

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

/* ADD and SUB. */
void eb_add(const struct eb_add_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_sub(const struct eb_add_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_add_16(const struct eb_add_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output);
void eb_sub_16(const struct eb_add_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output);

struct eb_mul_layer {
    struct eb_loop_nest loops;
    int32_t zero_points[2];
    int32_t output_zero_point;
    int32_t output_multiplier;
    int32_t output_shift;
    struct eb_range output;
};

/* MUL. */
void eb_mul(const struct eb_mul_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_mul_16(const struct eb_mul_layer *layer, const int16_t *left, const int16_t *right,
               int16_t *output);

/* DIV: of a layer of eb_mul, whose output_shift is at most 22; what is divided by 0 gives the zero
 * point, where the reference stops. SQUARED_DIFFERENCE takes ADD's layer. */
void eb_div(const struct eb_mul_layer *layer, const int8_t *left, const int8_t *right,
            int8_t *output);
void eb_squared_difference(const struct eb_add_layer *layer, const int8_t *left,
                           const int8_t *right, int8_t *output);

/* Where an input is below 0, its product with a slope. */
struct eb_prelu_layer {
    struct eb_loop_nest loops;
    int32_t zero_points[2]; /* of inputs and of slopes */
    int32_t multipliers[2]; /* for inputs of 0 and more, and for products */
    int32_t shifts[2];
    int32_t output_zero_point;
};

/* PRELU. */
void eb_prelu(const struct eb_prelu_layer *layer, const int8_t *input, const int8_t *slopes,
              int8_t *output);

/* Two activations of one scale, value by value. */
struct eb_extreme_layer {
    struct eb_loop_nest loops;
};

/* MAXIMUM and MINIMUM. */
void eb_maximum(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output);
void eb_minimum(const struct eb_extreme_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output);
void eb_maximum_16(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                   int16_t *output);
void eb_minimum_16(const struct eb_extreme_layer *layer, const int16_t *left, const int16_t *right,
                   int16_t *output);

/* An op of one byte to one byte: its 256 answers, that to -128 (as an int8) first. */
struct eb_table_layer {
    const int8_t *table;
    int32_t count;
};

/* Any op of one byte to one byte; table has 256 values. The output may be the input. */
void eb_look_up(const struct eb_table_layer *layer, const int8_t *input, int8_t *output);

/* LOGISTIC or TANH: value number i of the table is about 65536 * logistic(i / 24). */
struct eb_curve_16_layer {
    const uint16_t *table;
    int32_t count;
    int32_t multiplier; /* of an input: 10.7 becomes 2^17; at most 32767, or 6 for an exact scale */
    int32_t shift;      /* to the right, 0 to 30 */
    bool is_tanh;
};

/* LOGISTIC and TANH of int16. */
void eb_curve_16(const struct eb_curve_16_layer *layer, const int16_t *input, int16_t *output);

#endif
