/* Kernels of values of any width: changes of scale and type, and int32 arithmetic.
 *
 * What eb_kernels.h says of every kernel holds here too. Values lie where the int8_t pointers
 * point, aligned to 4 bytes. */
#ifndef EB_ANY_WIDTH_H
#define EB_ANY_WIDTH_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_shapes.h"

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

/* QUANTIZE of floats, and DEQUANTIZE to floats: those lie where the int8_t pointer points, aligned
 * to 4 bytes. The reference's numbers for any finite input; what is not a number gives the lowest.
 */
void eb_quantize(const struct eb_quantize_layer *layer, const int8_t *input, int8_t *output);
void eb_dequantize(const struct eb_dequantize_layer *layer, const int8_t *input, int8_t *output);

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

/* QUANTIZE between types and scales. */
void eb_requantize(const struct eb_requantize_layer *layer, const int8_t *input, int8_t *output);

/* Which of `size` values is the largest, or the smallest; the first of equal ones. */
struct eb_arg_layer {
    int32_t outer;
    int32_t size;
    int32_t inner;
    bool is_least;
    enum eb_width input_width;  /* 1 or 2 */
    enum eb_width output_width; /* 4 or 8 */
};

/* ARG_MAX and ARG_MIN. */
void eb_arg(const struct eb_arg_layer *layer, const int8_t *input, int8_t *output);

enum eb_number { EB_WHOLE, EB_UNSIGNED, EB_REAL };

/* CAST: a real number becomes an int32_t, a whole one is cut to fewer bits. */
struct eb_cast_layer {
    int32_t count;
    enum eb_number input;
    enum eb_width input_width;
    enum eb_number output;
    enum eb_width output_width;
};

/* CAST. */
void eb_cast(const struct eb_cast_layer *layer, const int8_t *input, int8_t *output);

/* int32 arithmetic that wraps; 0 adds, 1 subtracts, 2 multiplies. */
struct eb_whole_layer {
    struct eb_loop_nest loops;
    int32_t operation;
    struct eb_range output;
};

/* ADD, SUB and MUL of int32. */
void eb_whole(const struct eb_whole_layer *layer, const int8_t *left, const int8_t *right,
              int8_t *output);

/* What a comparison of two numbers gives. Both are int8_t that are brought to one step, or truths
 * or int32_t that are compared as they are. */
struct eb_compare_layer {
    struct eb_loop_nest loops;
    enum eb_width width; /* 1 or 4 */
    bool is_scaled;
    int32_t zero_points[2];
    int32_t multipliers[2];
    int32_t shifts[2];
    bool when_less;
    bool when_equal;
    bool when_greater;
};

/* EQUAL, LESS and their like: bytes of 0 and 1. */
void eb_compare(const struct eb_compare_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output);

/* Numbers of the left or the right operand, by a third one's truth. */
struct eb_select_layer {
    struct eb_loop_nest loops;
    int32_t condition_steps[EB_LOOP_NEST_DEPTH];
    enum eb_width width;
};

/* SELECT and SELECT_V2. */
void eb_select(const struct eb_select_layer *layer, const int8_t *condition, const int8_t *left,
               const int8_t *right, int8_t *output);

#endif
