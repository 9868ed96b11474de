/* TensorFlow Lite's int8 reference kernels in plain C: the same numbers, bit for bit.
 *
 * Activations are NHWC with N = 1, weights as the .tflite has them (OHWI; depthwise 1HWC).
 * Scales have become a fixed-point multiplier and a shift (a power of two; positive is left).
 */
#ifndef EDGEBENCH_KERNELS_H
#define EDGEBENCH_KERNELS_H

#include <stdint.h>

struct shape {
    int32_t height;
    int32_t width;
    int32_t channels;
};

/* A window that slides over an input: a convolution's or a pooling's. */
struct window {
    int32_t height;
    int32_t width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
};

struct range {
    int32_t low;
    int32_t high;
};

/* What a layer with weights needs; multipliers and shifts are per output channel. */
struct weighted {
    const int8_t *weights;
    const int32_t *bias; /* NULL for none */
    const int32_t *multipliers;
    const int8_t *shifts;
    int32_t input_zero_point;
    int32_t output_zero_point;
    struct range output;
};

struct conv_layer {
    struct weighted weighted;
    struct shape input;
    struct shape output;
    struct window window;
};

struct dense_layer {
    struct weighted weighted;
    int32_t rows; /* inputs that are run through it one after the other */
    int32_t inputs;
    int32_t outputs;
};

struct pool_layer {
    struct shape input;
    struct shape output;
    struct window window;
    struct range range;
};

struct add_layer {
    int32_t count;
    int32_t zero_points[2];
    int32_t multipliers[2];
    int32_t shifts[2];
    int32_t output_zero_point;
    int32_t output_multiplier;
    int32_t output_shift;
    struct range output;
};

struct softmax_layer {
    int32_t rows;
    int32_t count;
    int32_t multiplier;
    int32_t shift;
    int32_t least_difference;
};

void conv_2d(const struct conv_layer *layer, const int8_t *input, int8_t *output);
void depthwise_conv_2d(const struct conv_layer *layer, const int8_t *input, int8_t *output);
void fully_connected(const struct dense_layer *layer, const int8_t *input, int8_t *output);
void average_pool_2d(const struct pool_layer *layer, const int8_t *input, int8_t *output);
void max_pool_2d(const struct pool_layer *layer, const int8_t *input, int8_t *output);
void add(const struct add_layer *layer, const int8_t *left, const int8_t *right, int8_t *output);
void softmax(const struct softmax_layer *layer, const int8_t *input, int8_t *output);

#endif
