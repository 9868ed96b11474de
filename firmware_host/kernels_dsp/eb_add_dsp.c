#include "eb_dsp.h"

void eb_dsp_add(const struct eb_dsp_add *layer, const int8_t *left, const int8_t *right,
                int8_t *output)
{
    const int32_t *left_of_0 = &layer->left[128];
    const int32_t *right_of_0 = &layer->right[128];
    const struct eb_dsp_scale scale = layer->scale;
    const struct eb_range range = layer->range;
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t value = eb_dsp_finished(left_of_0[left[i]] + right_of_0[right[i]], &scale);
        output[i] = (int8_t)eb_clamped(value, range.low, range.high);
    }
}
