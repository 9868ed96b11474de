/* For the adapter of an engine that takes the place of edgebench's kernels: include it there, and
 * define eb_model_invoke, which eb_model.h declares. */
#ifndef EB_ENGINE_H
#define EB_ENGINE_H

#include "eb_model.h"

/* Stop the compiler where the engine was made for a model of other sizes:
 *
 *     EB_ENGINE_SIZES(sizeof(network_input), sizeof(network_output));
 */
#ifdef __cplusplus
#define EB_ENGINE_ASSERT static_assert
#else
#define EB_ENGINE_ASSERT _Static_assert
#endif
#define EB_ENGINE_SIZES(input_bytes, output_bytes) \
    EB_ENGINE_ASSERT((input_bytes) == EB_MODEL_INPUT_BYTES, \
                     "the engine takes other inputs than the model: their size differs"); \
    EB_ENGINE_ASSERT((output_bytes) == EB_MODEL_OUTPUT_BYTES, \
                     "the engine gives other outputs than the model: their size differs")

#endif
