/* Sums of products of int8 numbers, several at a time: the inner loops of convolutions. They are a
 * file of their own so that a compiler does not merge them into the loops around them, which then
 * run out of registers.
 *
 * Sums are int32 and must fit. eb_add_2_by_2 and eb_lanes take inputs as they are stored: the sums
 * are raw, before the zero point comes off, and of 131071 products at most. eb_add_2, eb_lanes_less
 * and eb_dots_2_by_2 multiply differences from it, up to 255: of 65793 products at most. */
#ifndef EB_SUMS_H
#define EB_SUMS_H

#include <stdint.h>

#include "eb_finish.h"

#define EB_LANES 4

/* Of two channels (first, second) and two pixels (left, right). */
struct eb_sums_2_by_2 {
    int32_t first_left;
    int32_t first_right;
    int32_t second_left;
    int32_t second_right;
};

/* Of two channels and one pixel. */
struct eb_sums_2 {
    int32_t first;
    int32_t second;
};

/* Rows of taps of four channels, and the steps from one to the next. */
struct eb_taps {
    int32_t rows;
    int32_t columns;
    int32_t input_step;
    int32_t weights_step;
    int32_t input_row_step;
    int32_t weights_row_step;
};

/* Add `count` products of two channels and two pixels. The second channel's weights are
 * `weights_apart` behind the first one's, the right pixel's inputs `inputs_apart` behind the left
 * one's. */
void eb_add_2_by_2(struct eb_sums_2_by_2 *sums, const int8_t *weights, int32_t weights_apart,
                   const int8_t *inputs, int32_t inputs_apart, int32_t count);

/* Add those of two channels and one pixel, the input as differences from `zero`. */
void eb_add_2(struct eb_sums_2 *sums, const int8_t *weights, int32_t weights_apart,
              const int8_t *inputs, int32_t count, int32_t zero);

/* Return the sums of two channels and two pixels: `count` inputs of the left one, then as many of
 * the right one; weights likewise. */
struct eb_sums_2_by_2 eb_dots_2_by_2(const int8_t *weights, int32_t weights_apart,
                                     const int16_t *inputs, int32_t count);

/* Compute the outputs of EB_LANES channels, and the same with the input as differences from `zero`;
 * biases: those of `finishes`, less what the input's zero point has added to a sum. */
void eb_lanes(const int8_t *weights, const int8_t *input, const struct eb_taps *taps,
              const struct eb_finish *finishes, const uint32_t *biases, int8_t *output);
void eb_lanes_less(const int8_t *weights, const int8_t *input, const struct eb_taps *taps,
                   const struct eb_finish *finishes, int32_t zero, int8_t *output);

/* Return the sum of weights that are `step` apart. */
int32_t eb_sum_of(const int8_t *weights, int32_t count, int32_t step);

#endif
