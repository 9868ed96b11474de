/* The memory of inputs: one that `db` loads and `infer` reads, and slots beside it. */
#ifndef EDGEBENCH_SAMPLES_H
#define EDGEBENCH_SAMPLES_H

#include <stdint.h>

#include "device.h"
#include "model.h"

/* How many inputs are held beside the current one. */
#ifndef SAMPLE_SLOTS
#define SAMPLE_SLOTS 4U
#endif

/* The current input, MODEL_INPUT_BYTES. */
const int8_t *samples_input(void);
int8_t *samples_writable(void);

#if EDGEBENCH_EXTENSIONS
/* Slot `slot` of SAMPLE_SLOTS, MODEL_INPUT_BYTES. */
int8_t *samples_slot(uint32_t slot);
#endif

#endif
