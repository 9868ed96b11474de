/* Kernels that copy values: moves, fills, lists of places, resized images.
 *
 * What eb_kernels.h says of every kernel holds here too. */
#ifndef EB_DATA_MOVEMENT_H
#define EB_DATA_MOVEMENT_H

#include <stdint.h>

#include "eb_shapes.h"

/* Shares of rows and columns in eb_resize_bilinear are of so many steps. */
#define EB_BILINEAR_ONE 1024

/* Runs of bytes, from where the left operand is to where the right one is. */
struct eb_move_layer {
    int32_t run_bytes;
    struct eb_loop_nest loops;
    int32_t input_start;
    int32_t output_start;
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

/* What PAD, TRANSPOSE, CONCATENATION and STRIDED_SLICE come to. Offsets are in bytes and stay
 * within both operands; what no run reaches of the output is left as it is. */
void eb_move(const struct eb_move_layer *layer, const int8_t *input, int8_t *output);
void eb_move_table(const struct eb_move_table_layer *layer, const int8_t *input, int8_t *output);
void eb_fill(const struct eb_fill_layer *layer, int8_t *output);

/* Runs of bytes that a list chooses, each of `outer` times. */
struct eb_gather_layer {
    const int32_t *indices; /* 0 to size - 1 */
    int32_t count;          /* of indices */
    int32_t outer;
    int32_t size; /* runs in the input, for each of `outer` */
    int32_t run_bytes;
};

/* GATHER by constant indices: outer * count runs. */
void eb_gather(const struct eb_gather_layer *layer, const int8_t *input, int8_t *output);

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

/* RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR of one image. */
void eb_resize_nearest(const struct eb_nearest_layer *layer, const int8_t *input, int8_t *output);
void eb_resize_bilinear(const struct eb_bilinear_layer *layer, const int8_t *input, int8_t *output);

/* The same with a share as a float, which may be below 0 at the first place. */
struct eb_between_real {
    int32_t before;
    int32_t behind;
    float share;
};

struct eb_bilinear_real_layer {
    const struct eb_between_real *rows;    /* output_height of them */
    const struct eb_between_real *columns; /* output_width of them */
    int32_t output_height;
    int32_t output_width;
    int32_t input_width;
    int32_t channels;
};

/* RESIZE_BILINEAR of uint8 in float, as the reference has it: values are uint8_t less 128. */
void eb_resize_bilinear_real(const struct eb_bilinear_real_layer *layer, const int8_t *input,
                             int8_t *output);

#endif
