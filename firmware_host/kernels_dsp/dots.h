/* Sums of products of int8 weights and inputs that were widened to int16. */
#ifndef EDGEBENCH_DOTS_H
#define EDGEBENCH_DOTS_H

#include <stdint.h>

/* Two channels by four pixels. Columns: for every four taps the pixels' pairs of taps 0 and 2,
 * then those of taps 1 and 3. sums: two biases in, eight sums out (channel by channel). */
void dot_2_by_4(const int8_t *weights, const int16_t *columns, const int16_t *end, int32_t *sums);

/* Four outputs by one row. Inputs: for every four taps 0 and 2, then taps 1 and 3. sums: four
 * biases in, four sums out. */
void dot_4_by_1(const int8_t *weights, const int16_t *inputs, const int16_t *end, int32_t *sums);

#endif
