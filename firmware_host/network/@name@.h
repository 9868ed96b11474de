/* @LABEL@, SHA-256 @SHA256@; written by edgebench: don't edit.
 *
 * in: @INPUT@
 * out: @OUTPUT@
 */
#ifndef @NAME@_H
#define @NAME@_H

#include <stdint.h>

#define @NAME@_NAME "@SHOWN_NAME@"
/* The first digits of the .tflite's SHA-256. */
#define @NAME@_SHA "@SHA@"

/* A real value is SCALE * (number - ZERO_POINT). */
#define @NAME@_INPUTS @INPUTS@
#define @NAME@_INPUT_BYTES @INPUT_BYTES@U
#define @NAME@_INPUT_TYPE @INPUT_TYPE@
#define @NAME@_INPUT_SCALE @INPUT_SCALE@
#define @NAME@_INPUT_ZERO_POINT (@INPUT_ZERO_POINT@)
#define @NAME@_OUTPUTS @OUTPUTS@
#define @NAME@_OUTPUT_BYTES @OUTPUT_BYTES@U
#define @NAME@_OUTPUT_TYPE @OUTPUT_TYPE@
#define @NAME@_OUTPUT_SCALE @OUTPUT_SCALE@
#define @NAME@_OUTPUT_ZERO_POINT (@OUTPUT_ZERO_POINT@)
#define @NAME@_ALIGNMENT @ALIGNMENT@U

/* Put it before the definition of an input or an output. */
#if defined(__GNUC__)
#define @NAME@_ALIGNED __attribute__((aligned(@NAME@_ALIGNMENT)))
#else
#define @NAME@_ALIGNED
#endif
@PARTS@@STRUCTS@
#ifdef __cplusplus
extern "C" {
#endif

/* Run the network.
 *
 * input: @NAME@_INPUT_BYTES of @TAKEN@, aligned to @ALIGNMENT@ bytes; any values; not changed.
 * output: @NAME@_OUTPUT_BYTES of @GIVEN@, aligned to @ALIGNMENT@ bytes; must not overlap the
 * input.
 *
 * Works in a static arena: two calls must not overlap in time. No heap, no start-up call. */
void @name@_invoke(const int8_t *input, int8_t *output);
@RUN@@STATE@@STEPS@
#ifdef __cplusplus
}
#endif

#endif
