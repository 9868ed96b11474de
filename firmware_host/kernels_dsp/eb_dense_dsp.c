#include "eb_dots.h"
#include "eb_dsp.h"

void eb_dsp_fully_connected(const struct eb_dsp_dense *layer, const int8_t *input, int8_t *output,
                            void *scratch)
{
    int32_t steps = ((layer->inputs + (EB_DSP_TAPS - 1)) & ~(EB_DSP_TAPS - 1)) / 4;
    int32_t whole = layer->inputs / 4;
    uint32_t *widened = scratch;
    bool full = (layer->range.low == INT8_MIN) && (layer->range.high == INT8_MAX);
    int32_t usual = full ? (layer->outputs & ~(EB_DSP_GROUP - 1)) : 0;
    struct eb_dense_block block;
    for (int32_t step = 0; step < whole; step++) {
        uint32_t word = eb_word_at(&input[4 * step]);
        widened[0] = (uint32_t)eb_even_of(word);
        widened[1] = (uint32_t)eb_odd_of(word);
        widened += 2;
    }
    for (int32_t step = whole; step < steps; step++) {
        /* filled up with zeros to a multiple of eight */
        int32_t left = layer->inputs - (4 * step);
        uint32_t word = 0U;
        if (left > 0) {
            (void)memcpy(&word, &input[4 * step], (uint32_t)left);
        }
        widened[0] = (uint32_t)eb_even_of(word);
        widened[1] = (uint32_t)eb_odd_of(word);
        widened += 2;
    }
    block.inputs = scratch;
    block.end = &block.inputs[4 * steps];
    block.has_odd = (4 * steps) & EB_DSP_TAPS;
    block.bias = layer->bias;
    block.scales = layer->scales;
    block.output = output;
    block.groups = usual / EB_DSP_GROUP;
    if (usual != 0) {
        eb_dense_4(layer->weights, &block);
    }
    block.groups = 1;
    for (int32_t channel = usual; channel < layer->outputs; channel += EB_DSP_GROUP) {
        int8_t last[EB_DSP_GROUP];
        block.bias = &layer->bias[channel];
        block.scales = &layer->scales[channel];
        block.output = last;
        eb_dense_4(&layer->weights[channel * 4 * steps], &block);
        for (int32_t index = 0; (index < EB_DSP_GROUP) && ((channel + index) < layer->outputs);
             index++) {
            output[channel + index] =
                (int8_t)eb_clamped(last[index], layer->range.low, layer->range.high);
        }
    }
}
