/* What an input looks like on the line: the model's own numbers, or what MLCommons' runner sends.
 *
 * EB_INPUT_WIRE says which. A model of MLPerf Tiny's names its benchmark by EB_BENCHMARK, which the
 * answer to `profile%` has in place of the model's name: the runner knows its tests by it.
 */
#ifndef EB_WIRE_H
#define EB_WIRE_H

#include <stdint.h>

#include "eb_model.h"

#define EB_WIRE_OWN 0    /* the model's own numbers: kws01 */
#define EB_WIRE_PIXELS 1 /* uint8, 128 more than the model's int8: ic01, vww01 */
#define EB_WIRE_REAL 2   /* float32; the result is one score, the mean squared error: ad01 */

#ifndef EB_INPUT_WIRE
#define EB_INPUT_WIRE EB_WIRE_OWN
#endif

#ifndef EB_BENCHMARK
#define EB_BENCHMARK EB_MODEL_NAME
#endif

#if EB_INPUT_WIRE == EB_WIRE_REAL
#define EB_WIRE_BYTES (EB_MODEL_INPUT_BYTES * 4U)
#else
#define EB_WIRE_BYTES EB_MODEL_INPUT_BYTES
#endif

/* Take byte number `index` < EB_WIRE_BYTES of an input; after the last one it is the current
 * input. */
void eb_wire_put(uint32_t index, uint8_t byte);

/* Return byte number `index` < EB_WIRE_BYTES of the current input, as it came. */
uint8_t eb_wire_get(uint32_t index);

#if EB_INPUT_WIRE == EB_WIRE_REAL
/* Return the real value number `index` < EB_MODEL_INPUT_BYTES of the current input. */
float eb_wire_real(uint32_t index);
#endif

#endif
