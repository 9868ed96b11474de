/* What an output of a convolution sees of the input. */
#ifndef EB_GATHER_H
#define EB_GATHER_H

#include <stdint.h>

#include "eb_kernels_dsp.h"

/* Where an output's window begins, and whether all columns of it are inside. */
struct eb_view {
    int32_t top;
    int32_t left;
    int32_t whole;
};

struct eb_view eb_view_of(const struct eb_geometry *shape, int32_t pixel);

/* Gather what an output sees into bytes one after the other. */
void eb_gather_bytes(const struct eb_geometry *shape, const int8_t *input, int32_t pixel,
                  int8_t *column);

/* Where each tap of an output lies; what is outside is a row of the input's zero point. */
void eb_find_taps(const struct eb_geometry *shape, const int8_t *input, int32_t row, int32_t column,
               const int8_t *outside, const int8_t **taps);

#endif
