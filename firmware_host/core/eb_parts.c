#include "eb_parts.h"

#include <string.h>

#include "eb_text.h"

const struct eb_part eb_parts_outputs[EB_MODEL_OUTPUTS] = EB_MODEL_OUTPUT_PARTS;

float eb_parts_real(const struct eb_part *part, const int8_t *block, uint32_t index)
{
    const int8_t *from = &block[part->offset];
    float value;
    if (part->type == EB_PART_INT8) {
        value = (float)from[index];
    } else if (part->type == EB_PART_UINT8) {
        value = (float)(uint8_t)from[index];
    } else if (part->type == EB_PART_INT16) {
        int16_t stored;
        (void)memcpy(&stored, &from[index * sizeof(stored)], sizeof(stored));
        value = (float)stored;
    } else if (part->type == EB_PART_INT32) {
        int32_t stored;
        (void)memcpy(&stored, &from[index * sizeof(stored)], sizeof(stored));
        value = (float)stored;
    } else if (part->type == EB_PART_INT64) {
        /* By words, low first: a conversion of 64 bits would take a function of libgcc. */
        int32_t words[2];
        (void)memcpy(words, &from[index * sizeof(words)], sizeof(words));
        if (words[1] == ((words[0] < 0) ? -1 : 0)) {
            value = (float)words[0];
        } else {
            value = ((float)words[1] * 4294967296.0F) + (float)(uint32_t)words[0];
        }
    } else {
        (void)memcpy(&value, &from[index * sizeof(value)], sizeof(value));
    }
    return (value - (float)part->zero_point) * part->scale;
}

#if (EB_MODEL_INPUTS > 1) || (EB_MODEL_OUTPUTS > 1)

static void announce(const char *what, const struct eb_part *parts, uint32_t count)
{
    static const char *const types[] = {"int8", "uint8", "int16", "int32", "int64", "float32"};
    uint32_t index;
    for (index = 0U; index < count; index++) {
        eb_text_put("m-eb-");
        eb_text_put(what);
        eb_text_put("-[");
        eb_text_unsigned(index);
        eb_text_put(" ");
        eb_text_put(parts[index].name);
        eb_text_put(" ");
        eb_text_put(types[parts[index].type]);
        eb_text_put(" ");
        eb_text_unsigned(parts[index].count);
        eb_text_put(" ");
        eb_text_unsigned(parts[index].offset);
        eb_text_put("]" EB_TEXT_EOL);
    }
}

void eb_parts_announce(void)
{
    static const struct eb_part inputs[EB_MODEL_INPUTS] = EB_MODEL_INPUT_PARTS;
    announce("input", inputs, EB_MODEL_INPUTS);
    announce("output", eb_parts_outputs, EB_MODEL_OUTPUTS);
}

#else

void eb_parts_announce(void)
{
}

#endif
