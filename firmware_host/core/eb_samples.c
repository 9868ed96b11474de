#include "eb_samples.h"

/* Kernels may read whole words. */
EB_MODEL_ALIGNED static int8_t input[EB_MODEL_INPUT_BYTES];

const int8_t *eb_samples_input(void)
{
    return input;
}

int8_t *eb_samples_writable(void)
{
    return input;
}

#if EB_EXTENSIONS
#define ODD_BYTES (EB_MODEL_ALIGNMENT - 1U)
#define SLOT_BYTES ((EB_MODEL_INPUT_BYTES + ODD_BYTES) & ~ODD_BYTES)

EB_MODEL_ALIGNED static int8_t slots[EB_SAMPLE_SLOTS][SLOT_BYTES];

int8_t *eb_samples_slot(uint32_t slot)
{
    return slots[slot];
}
#endif
