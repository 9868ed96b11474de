/* What an output of a convolution sees of the input. */
#ifndef EB_GATHER_H
#define EB_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_kernels_dsp.h"

/* Where an output's window begins, which may be outside, and whether all columns of it are inside
 * and one after the other. */
struct eb_view {
    int32_t top;
    int32_t left;
    bool is_whole;
};

/* pixel: the output's place, row * output.width + column. */
struct eb_view eb_view_of(const struct eb_geometry *shape, int32_t pixel);

/* Gather what an output sees into bytes one after the other, the zero point for what is outside.
 *
 * column: height x width x input.channels bytes of the window; overlaps no input. */
void eb_gather_bytes(const struct eb_geometry *shape, const int8_t *input, int32_t pixel,
                     int8_t *column);

/* Find where each tap of an output lies, for a window without channels of its own.
 *
 * outside: input.channels times the zero point, which taps outside the input are set to.
 * taps: receives window.height x window.width pointers, each to input.channels bytes. */
void eb_find_taps(const struct eb_geometry *shape, const int8_t *input, int32_t row, int32_t column,
                  const int8_t *outside, const int8_t **taps);

#endif
