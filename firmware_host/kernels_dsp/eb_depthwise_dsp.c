#include "eb_dsp.h"
#include "eb_gather.h"
#include "eb_lines.h"

static void four_channels(const struct eb_dsp_depthwise *layer, const int8_t *const *taps,
                          int32_t count, int32_t channel, const int32_t *weights, int8_t *output)
{
    int32_t sum_0 = layer->bias[channel];
    int32_t sum_1 = layer->bias[channel + 1];
    int32_t sum_2 = layer->bias[channel + 2];
    int32_t sum_3 = layer->bias[channel + 3];
    const struct eb_dsp_scale *scales = &layer->scales[channel];
    int32_t low = layer->range.low;
    int32_t high = layer->range.high;
    for (int32_t tap = 0; tap < count; tap++) {
        uint32_t word = eb_word_at(&taps[tap][channel]);
        int32_t even = eb_even_of(word);
        int32_t odd = eb_odd_of(word);
        int32_t first = weights[2 * tap];
        int32_t second = weights[(2 * tap) + 1];
        sum_0 = __smlabb(even, first, sum_0);
        sum_2 = __smlatt(even, first, sum_2);
        sum_1 = __smlabb(odd, second, sum_1);
        sum_3 = __smlatt(odd, second, sum_3);
    }
    sum_0 = eb_dsp_finished(sum_0, &scales[0]);
    sum_1 = eb_dsp_finished(sum_1, &scales[1]);
    sum_2 = eb_dsp_finished(sum_2, &scales[2]);
    sum_3 = eb_dsp_finished(sum_3, &scales[3]);
    if ((low != INT8_MIN) || (high != INT8_MAX)) {
        sum_0 = eb_clamped(sum_0, low, high);
        sum_1 = eb_clamped(sum_1, low, high);
        sum_2 = eb_clamped(sum_2, low, high);
        sum_3 = eb_clamped(sum_3, low, high);
    }
    output[channel] = (int8_t)sum_0;
    output[channel + 1] = (int8_t)sum_1;
    output[channel + 2] = (int8_t)sum_2;
    output[channel + 3] = (int8_t)sum_3;
}

static void by_outputs(const struct eb_dsp_depthwise *layer, const int8_t *input, int8_t *output,
                       int8_t *outside)
{
    int32_t channels = layer->geometry.output.channels;
    int32_t count = layer->geometry.window.height * layer->geometry.window.width;
    const int8_t *taps[EB_DEPTHWISE_MOST_TAPS];
    for (int32_t channel = 0; channel < channels; channel++) {
        outside[channel] = (int8_t)layer->geometry.input_zero_point;
    }
    for (int32_t row = 0; row < layer->geometry.output.height; row++) {
        for (int32_t column = 0; column < layer->geometry.output.width; column++) {
            const int32_t *weights = layer->weights;
            eb_find_taps(&layer->geometry, input, row, column, outside, taps);
            for (int32_t channel = 0; channel < channels; channel += EB_DSP_GROUP) {
                four_channels(layer, taps, count, channel, weights, output);
                weights += 2 * count;
            }
            output += channels;
        }
    }
}

void eb_dsp_depthwise_conv_2d(const struct eb_dsp_depthwise *layer, const int8_t *input,
                              int8_t *output, void *scratch)
{
    if (layer->lines == EB_NO_LINES) {
        by_outputs(layer, input, output, scratch);
    } else {
        eb_depthwise_by_lines(layer, input, output, scratch);
    }
}
