#include "dots.h"
#include "dsp.h"

#define GROUP 4

void dsp_fully_connected(const struct dsp_dense *layer, const int8_t *input, int8_t *output,
                         void *scratch)
{
    int32_t steps = ((layer->inputs + 7) & ~7) / 4;
    int32_t whole = layer->inputs / 4;
    uint32_t *widened = scratch;
    const int16_t *end = (const int16_t *)(const void *)&widened[2 * steps];
    const int8_t *weights = layer->weights;
    int32_t full = (layer->range.low == INT8_MIN) && (layer->range.high == INT8_MAX);
    struct dense_block block;
    for (int32_t step = 0; step < steps; step++) {
        uint32_t word = 0U;
        int32_t left = layer->inputs - (4 * step);
        if (step < whole) {
            word = word_at(&input[4 * step]);
        } else if (left > 0) {
            (void)memcpy(&word, &input[4 * step], (uint32_t)left);
        } else {
            /* filled up to a multiple of eight */
        }
        widened[2 * step] = (uint32_t)even_of(word);
        widened[(2 * step) + 1] = (uint32_t)odd_of(word);
    }
    block.scales = layer->scales;
    for (int32_t channel = 0; channel < layer->outputs; channel += GROUP) {
        int8_t last[GROUP];
        int32_t left = layer->outputs - channel;
        block.output = ((left < GROUP) || (full == 0)) ? last : &output[channel];
        for (int32_t index = 0; index < GROUP; index++) {
            block.bias[index] = layer->bias[channel + index];
        }
        dense_4(weights, scratch, end, &block);
        block.scales += GROUP;
        weights += steps * 4 * GROUP;
        if (block.output == last) {
            for (int32_t index = 0; (index < GROUP) && (index < left); index++) {
                output[channel + index] =
                    (int8_t)clamped(last[index], layer->range.low, layer->range.high);
            }
        }
    }
}
