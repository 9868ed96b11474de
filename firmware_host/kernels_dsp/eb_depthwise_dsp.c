#include "eb_dots.h"
#include "eb_dsp.h"
#include "eb_gather.h"
#include "eb_lines.h"

static void by_outputs(const struct eb_dsp_depthwise *layer, const int8_t *input, int8_t *output,
                       int8_t *outside)
{
    int32_t channels = layer->geometry.output.channels;
    int32_t low = layer->range.low;
    int32_t high = layer->range.high;
    bool is_limited = (low != INT8_MIN) || (high != INT8_MAX);
    const int8_t *taps[EB_DEPTHWISE_MOST_TAPS];
    int8_t *to = output;
    struct eb_taps_block block;
    block.taps = taps;
    block.end = &taps[layer->geometry.window.height * layer->geometry.window.width];
    block.weights = layer->weights;
    block.bias = layer->bias;
    block.scales = layer->scales;
    block.channels = channels;
    for (int32_t channel = 0; channel < channels; channel++) {
        outside[channel] = (int8_t)layer->geometry.input_zero_point;
    }
    for (int32_t row = 0; row < layer->geometry.output.height; row++) {
        for (int32_t column = 0; column < layer->geometry.output.width; column++) {
            eb_find_taps(&layer->geometry, input, row, column, outside, taps);
            block.output = to;
            eb_depthwise_taps(&block);
            for (int32_t channel = 0; is_limited && (channel < channels); channel++) {
                to[channel] = (int8_t)eb_clamped(to[channel], low, high);
            }
            to = &to[channels];
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
