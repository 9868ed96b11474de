/* The seam between the firmware and a network: model_config.h and model_invoke are generated. */
#ifndef EDGEBENCH_MODEL_H
#define EDGEBENCH_MODEL_H

#include <stdint.h>

/* MODEL_NAME, MODEL_SHA (the first 8 digits of the .tflite's SHA-256), MODEL_INPUT_BYTES,
 * MODEL_OUTPUT_BYTES, MODEL_OUTPUT_TYPE, MODEL_OUTPUT_SCALE, MODEL_OUTPUT_ZERO_POINT, MODEL_STEPS */
#include "model_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Run the network: MODEL_INPUT_BYTES in, MODEL_OUTPUT_BYTES out, in the model's own int8 or int16;
 * both aligned to 4 bytes. */
void model_invoke(const int8_t *input, int8_t *output);

/* Called after step number `step` of MODEL_STEPS, where the network is built to be profiled;
 * MODEL_STEPS is 0 otherwise. */
void model_step(uint32_t step);

#ifdef __cplusplus
}
#endif

#endif
