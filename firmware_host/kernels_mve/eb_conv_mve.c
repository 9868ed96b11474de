#include <string.h>

#include "eb_gather.h"
#include "eb_mve.h"

/* All outputs of one column of taps, four channels at a time: 9 instructions for 64
 * multiply-accumulates. */
static void outputs_of(const struct eb_mve_outputs *outputs, const int8_t *weights, int32_t taps,
                       const int8_t *column, int8_t *output)
{
    for (int32_t channel = 0; channel < outputs->channels; channel += EB_MVE_GROUP) {
        int32_t sum_0 = outputs->bias[channel];
        int32_t sum_1 = outputs->bias[channel + 1];
        int32_t sum_2 = outputs->bias[channel + 2];
        int32_t sum_3 = outputs->bias[channel + 3];
        int32x4_t value;
        for (int32_t tap = 0; tap < taps; tap += EB_MVE_TAPS) {
            int8x16_t inputs = vld1q_s8(&column[tap]);
            sum_0 = vmladavaq_s8(sum_0, inputs, vld1q_s8(weights));
            sum_1 = vmladavaq_s8(sum_1, inputs, vld1q_s8(&weights[EB_MVE_TAPS]));
            sum_2 = vmladavaq_s8(sum_2, inputs, vld1q_s8(&weights[2 * EB_MVE_TAPS]));
            sum_3 = vmladavaq_s8(sum_3, inputs, vld1q_s8(&weights[3 * EB_MVE_TAPS]));
            weights += EB_MVE_GROUP * EB_MVE_TAPS;
        }
        value = (int32x4_t){sum_0, sum_1, sum_2, sum_3};
        value = eb_mve_finished_4(outputs, channel, value);
        vstrbq_p_s32(&output[channel], value, vctp32q((uint32_t)(outputs->channels - channel)));
    }
}

static int32_t whole_steps(int32_t taps)
{
    return (taps + (EB_MVE_TAPS - 1)) & ~(EB_MVE_TAPS - 1);
}

void eb_mve_conv_2d(const struct eb_mve_conv *layer, const int8_t *input, int8_t *output,
                    void *scratch)
{
    const struct eb_geometry *shape = &layer->geometry;
    int32_t taps = whole_steps(layer->taps);
    int32_t pixels = shape->output.height * shape->output.width;
    int8_t *column = scratch;
    if (!layer->is_direct) {
        (void)memset(column, 0, (size_t)taps);
    }
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        const int8_t *from = column;
        if (layer->is_direct) {
            from = &input[pixel * shape->input.channels];
        } else {
            eb_gather_bytes(shape, input, pixel, column);
        }
        outputs_of(&layer->outputs, layer->weights, taps, from,
                   &output[pixel * shape->output.channels]);
    }
}

void eb_mve_fully_connected(const struct eb_mve_dense *layer, const int8_t *input, int8_t *output,
                            void *scratch)
{
    int32_t taps = whole_steps(layer->inputs);
    int8_t *column = scratch;
    (void)memset(column, 0, (size_t)taps);
    (void)memcpy(column, input, (size_t)layer->inputs);
    outputs_of(&layer->outputs, layer->weights, taps, column, output);
}
