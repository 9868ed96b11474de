#include "dots.h"
#include "dsp.h"

#define GROUP 4

void dsp_fully_connected(const struct dsp_dense *layer, const int8_t *input, int8_t *output,
                         void *scratch)
{
    int32_t steps = (layer->inputs + 3) / 4;
    int32_t whole = layer->inputs / 4;
    uint32_t *widened = scratch;
    const int16_t *end = (const int16_t *)(const void *)&widened[2 * steps];
    const int8_t *weights = layer->weights;
    for (int32_t step = 0; step < whole; step++) {
        uint32_t word = word_at(&input[4 * step]);
        widened[2 * step] = (uint32_t)even_of(word);
        widened[(2 * step) + 1] = (uint32_t)odd_of(word);
    }
    if (whole < steps) {
        uint32_t word = 0U;
        (void)memcpy(&word, &input[4 * whole], (uint32_t)(layer->inputs - (4 * whole)));
        widened[2 * whole] = (uint32_t)even_of(word);
        widened[(2 * whole) + 1] = (uint32_t)odd_of(word);
    }
    for (int32_t channel = 0; channel < layer->outputs; channel += GROUP) {
        int32_t sums[GROUP];
        int32_t left = layer->outputs - channel;
        for (int32_t index = 0; index < GROUP; index++) {
            sums[index] = layer->bias[channel + index];
        }
        dot_4_by_1(weights, scratch, end, sums);
        weights += steps * 4 * GROUP;
        for (int32_t index = 0; (index < GROUP) && (index < left); index++) {
            int32_t value = finished(sums[index], &layer->scales[channel + index]);
            output[channel + index] =
                (int8_t)clamped(value, layer->range.low, layer->range.high);
        }
    }
}
