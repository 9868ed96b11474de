#include "eb_samples.h"

#include "eb_platform.h"

/* Kernels may read whole words. */
EB_ALIGNED_4 static int8_t input[EB_MODEL_INPUT_BYTES];

const int8_t *eb_samples_input(void)
{
    return input;
}

int8_t *eb_samples_writable(void)
{
    return input;
}

#if EB_EXTENSIONS
#define SLOT_BYTES (((EB_MODEL_INPUT_BYTES) + 3U) & ~3U)

EB_ALIGNED_4 static int8_t slots[EB_SAMPLE_SLOTS][SLOT_BYTES];

int8_t *eb_samples_slot(uint32_t slot)
{
    return slots[slot];
}
#endif
