/* What an output of a convolution sees of the input. */
#ifndef EDGEBENCH_GATHER_H
#define EDGEBENCH_GATHER_H

#include <stdint.h>

#include "kernels_dsp.h"

/* Where an output's window begins, and whether all columns of it are inside. */
struct view {
    int32_t top;
    int32_t left;
    int32_t whole;
};

struct view eb_view_of(const struct geometry *shape, int32_t pixel);

/* Gather what an output sees into bytes one after the other. */
void eb_gather_bytes(const struct geometry *shape, const int8_t *input, int32_t pixel,
                  int8_t *column);

/* Where each tap of an output lies; what is outside is a row of the input's zero point. */
void eb_find_taps(const struct geometry *shape, const int8_t *input, int32_t row, int32_t column,
               const int8_t *outside, const int8_t **taps);

#endif
