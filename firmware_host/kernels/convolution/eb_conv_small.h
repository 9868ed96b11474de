/* Convolutions of few weights for each output, such as the first one of a network. */
#ifndef EB_CONV_SMALL_H
#define EB_CONV_SMALL_H

#include "eb_convolution.h"

/* Two windows of so many int16 are kept on the stack. */
#define EB_SMALL_TAPS 64

/* A convolution that is not grouped, of at most EB_SMALL_TAPS weights for each output. */
void eb_conv_small(const struct eb_conv *conv, const int8_t *input, int8_t *output);

#endif
