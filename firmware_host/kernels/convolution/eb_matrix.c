/* BATCH_MATMUL of two activations. */
#include "eb_convolution.h"
#include "eb_fixed_point.h"
#include "eb_loop_nest.h"

/* One product of two matrices. */
static void multiply(const struct eb_matrix_layer *layer, const int8_t *left, const int8_t *right,
                     int8_t *output)
{
    int8_t *next = output;
    for (int32_t row = 0; row < layer->rows; row++) {
        for (int32_t column = 0; column < layer->columns; column++) {
            const int8_t *from_left = &left[row * layer->left_row];
            const int8_t *from_right = &right[column * layer->right_column];
            int32_t sum = 0;
            for (int32_t i = 0; i < layer->depth; i++) {
                sum += ((int32_t)from_left[i * layer->left_step] - layer->zero_points[0]) *
                       ((int32_t)from_right[i * layer->right_step] - layer->zero_points[1]);
            }
            sum = eb_scaled(sum, layer->output_multiplier, layer->output_shift);
            sum += layer->output_zero_point;
            *next = (int8_t)eb_clamped(sum, INT8_MIN, INT8_MAX);
            next++;
        }
    }
}

void eb_batch_matmul(const struct eb_matrix_layer *layer, const int8_t *left, const int8_t *right,
                     int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int8_t *next = output;
    do {
        multiply(layer, &left[at.left], &right[at.right], next);
        next += layer->rows * layer->columns;
    } while (eb_loop_nest_next(&layer->batches, &at, EB_LOOP_NEST_DEPTH));
}

/* The same of int16_t. */
static void multiply_16(const struct eb_matrix_layer *layer, const int16_t *left,
                        const int16_t *right, int16_t *output)
{
    int16_t *next = output;
    for (int32_t row = 0; row < layer->rows; row++) {
        for (int32_t column = 0; column < layer->columns; column++) {
            const int16_t *from_left = &left[row * layer->left_row];
            const int16_t *from_right = &right[column * layer->right_column];
            int64_t sum = 0;
            int32_t value;
            for (int32_t i = 0; i < layer->depth; i++) {
                int32_t product = (int32_t)from_left[i * layer->left_step] *
                                  (int32_t)from_right[i * layer->right_step];
                sum += product;
            }
            value = eb_scaled_wide(sum, layer->output_multiplier, layer->output_shift);
            *next = (int16_t)eb_clamped(value, INT16_MIN, INT16_MAX);
            next++;
        }
    }
}

void eb_batch_matmul_16(const struct eb_matrix_layer *layer, const int8_t *left,
                        const int8_t *right, int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    const int16_t *lefts = (const int16_t *)(const void *)left;
    const int16_t *rights = (const int16_t *)(const void *)right;
    int16_t *next = (int16_t *)(void *)output;
    do {
        multiply_16(layer, &lefts[at.left], &rights[at.right], next);
        next += layer->rows * layer->columns;
    } while (eb_loop_nest_next(&layer->batches, &at, EB_LOOP_NEST_DEPTH));
}
