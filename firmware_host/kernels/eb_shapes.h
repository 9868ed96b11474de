/* Shapes, windows, ranges and loops: the parts that layers of several kinds are made of. */
#ifndef EB_SHAPES_H
#define EB_SHAPES_H

#include <stdint.h>

#define EB_LOOP_NEST_DEPTH 4

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

enum eb_width { EB_WIDTH_1 = 1, EB_WIDTH_2 = 2, EB_WIDTH_4 = 4, EB_WIDTH_8 = 8 };

#endif
