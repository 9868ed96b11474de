/* The model's inputs and outputs one by one: where each lies in the block of all of them. */
#ifndef EB_PARTS_H
#define EB_PARTS_H

#include <stdint.h>

#include "eb_model.h"

enum eb_part_type {
    EB_PART_INT8,
    EB_PART_UINT8,
    EB_PART_INT16,
    EB_PART_INT32,
    EB_PART_INT64,
    EB_PART_FLOAT32
};

struct eb_part {
    const char *name;
    uint32_t offset; /* in bytes */
    uint32_t count;  /* of values */
    enum eb_part_type type;
    float scale; /* real value = scale * (number - zero_point) */
    int32_t zero_point;
};

/* EB_MODEL_OUTPUTS of them. */
extern const struct eb_part eb_parts_outputs[EB_MODEL_OUTPUTS];

/* Return value number `index` < part->count of an output as a real value; `block` has all outputs.
 * Integers of more than 24 bits are rounded. */
float eb_parts_real(const struct eb_part *part, const int8_t *block, uint32_t index);

/* Write a line for each input and output; nothing if the model has one of each. */
void eb_parts_announce(void);

#endif
