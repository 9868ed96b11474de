/* The memory of inputs: one that `db` loads and `infer` reads, and slots next to it. */
#ifndef EB_SAMPLES_H
#define EB_SAMPLES_H

#include <stdint.h>

#include "eb_device.h"
#include "eb_model.h"

/* How many inputs are held besides the current one. */
#ifndef EB_SAMPLE_SLOTS
#define EB_SAMPLE_SLOTS 4U
#endif

/* The current input, EB_MODEL_INPUT_BYTES, aligned to EB_MODEL_ALIGNMENT. */
const int8_t *eb_samples_input(void);
int8_t *eb_samples_writable(void);

#if EB_EXTENSIONS
/* Slot number `slot` < EB_SAMPLE_SLOTS: EB_MODEL_INPUT_BYTES, aligned to EB_MODEL_ALIGNMENT. */
int8_t *eb_samples_slot(uint32_t slot);
#endif

#endif
