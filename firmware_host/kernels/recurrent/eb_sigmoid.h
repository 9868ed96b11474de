/* The logistic function and the hyperbolic tangent of 16 bits, by the reference's table. */
#ifndef EB_SIGMOID_H
#define EB_SIGMOID_H

#include <stdint.h>

/* Both take a real number in steps of 1 / 12288 (three times a number with 12 bits behind the
 * point), less than 2^31 in size, and return one in steps of 1 / 32768, -32768 to 32767. */
int32_t eb_logistic_16(int32_t value);
int32_t eb_tanh_16(int32_t value);

#endif
