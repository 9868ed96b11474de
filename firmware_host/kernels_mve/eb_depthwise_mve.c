#include <string.h>

#include "eb_gather.h"
#include "eb_mve.h"

/* Eight channels of one output: 6 instructions and the table's for 8 multiply-accumulates. */
static void eight_channels(const struct eb_mve_outputs *outputs, const int8_t *const *taps,
                           int32_t count, int32_t channel, const int8_t *weights, int8_t *output)
{
    const uint32x4_t places = {0U, 2U, 4U, 6U};
    int32x4_t even = vld1q_s32(&outputs->bias[channel]);
    int32x4_t odd = vld1q_s32(&outputs->bias[channel + 4]);
    for (int32_t tap = 0; tap < count; tap++) {
        int16x8_t inputs = vldrbq_s16(&taps[tap][channel]);
        int16x8_t factors = vldrbq_s16(weights);
        even = vaddq_s32(even, vmullbq_int_s16(inputs, factors));
        odd = vaddq_s32(odd, vmulltq_int_s16(inputs, factors));
        weights += EB_MVE_DEPTHWISE_GROUP;
    }
    even = eb_mve_finished_4(outputs, channel, even);
    odd = eb_mve_finished_4(outputs, channel + 4, odd);
    vstrbq_scatter_offset_s32(&output[channel], places, even);
    vstrbq_scatter_offset_s32(&output[channel + 1], places, odd);
}

void eb_mve_depthwise_conv_2d(const struct eb_mve_depthwise *layer, const int8_t *input,
                              int8_t *output, void *scratch)
{
    const struct eb_geometry *shape = &layer->geometry;
    int32_t channels = shape->output.channels;
    int32_t count = shape->window.height * shape->window.width;
    const int8_t *taps[EB_DEPTHWISE_MOST_TAPS];
    int8_t *outside = scratch;
    int8_t *next = output;
    (void)memset(outside, shape->input_zero_point, (size_t)channels);
    for (int32_t row = 0; row < shape->output.height; row++) {
        for (int32_t column = 0; column < shape->output.width; column++) {
            const int8_t *weights = layer->weights;
            eb_find_taps(shape, input, row, column, outside, taps);
            for (int32_t channel = 0; channel < channels; channel += EB_MVE_DEPTHWISE_GROUP) {
                eight_channels(&layer->outputs, taps, count, channel, weights, next);
                weights += EB_MVE_DEPTHWISE_GROUP * count;
            }
            next += channels;
        }
    }
}
