#include "samples.h"

#include "align.h"

/* Kernels may read whole words. */
ALIGNED_4 static int8_t input[MODEL_INPUT_BYTES];

const int8_t *samples_input(void)
{
    return input;
}

int8_t *samples_writable(void)
{
    return input;
}

#if EDGEBENCH_EXTENSIONS
#define SLOT_BYTES (((MODEL_INPUT_BYTES) + 3U) & ~3U)

ALIGNED_4 static int8_t slots[SAMPLE_SLOTS][SLOT_BYTES];

int8_t *samples_slot(uint32_t slot)
{
    return slots[slot];
}
#endif
