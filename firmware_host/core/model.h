/* The seam between the firmware and a network: model_config.h and model_invoke are generated. */
#ifndef EDGEBENCH_MODEL_H
#define EDGEBENCH_MODEL_H

#include <stdint.h>

/* MODEL_NAME, MODEL_SHA (the first 8 digits of the .tflite's SHA-256), MODEL_INPUT_BYTES,
 * MODEL_OUTPUT_BYTES, MODEL_OUTPUT_SCALE, MODEL_OUTPUT_ZERO_POINT */
#include "model_config.h"

/* Run the network: MODEL_INPUT_BYTES in, MODEL_OUTPUT_BYTES out, in the model's own int8. */
void model_invoke(const int8_t *input, int8_t *output);

#endif
