#include "dots.h"
#include "dsp.h"

#define PIXELS 4

/* Widen a column of bytes into its place among four. */
static void widen(const int8_t *column, uint32_t *columns, int32_t steps)
{
    for (int32_t step = 0; step < steps; step++) {
        uint32_t word = word_at(&column[4 * step]);
        columns[0] = (uint32_t)even_of(word);
        columns[PIXELS] = (uint32_t)odd_of(word);
        columns += 2 * PIXELS;
    }
}

static void copy(int8_t *to, const int8_t *from, int32_t count)
{
    int32_t index = 0;
    for (; index + 4 <= count; index += 4) {
        (void)memcpy(&to[index], &from[index], 4);
    }
    for (; index < count; index++) {
        to[index] = from[index];
    }
}

static void fill(int8_t *to, int32_t value, int32_t count)
{
    for (int32_t index = 0; index < count; index++) {
        to[index] = (int8_t)value;
    }
}

/* Gather what an output sees into bytes one after the other. */
static void gather(const struct dsp_conv *layer, const int8_t *input, int32_t pixel, int8_t *column)
{
    const struct window *window = &layer->window;
    int32_t channels = layer->input.channels;
    int32_t row = pixel / layer->output.width;
    int32_t top = (row * window->stride_height) - window->pad_top;
    int32_t left =
        ((pixel - (row * layer->output.width)) * window->stride_width) - window->pad_left;
    int32_t whole = (left >= 0) && (left + window->width <= layer->input.width) &&
                    (window->dilation_width == 1);
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = top + (y * window->dilation_height);
        const int8_t *from = &input[((in_y * layer->input.width) + left) * channels];
        if ((in_y < 0) || (in_y >= layer->input.height)) {
            fill(column, layer->input_zero_point, window->width * channels);
            column += window->width * channels;
        } else if (whole != 0) {
            copy(column, from, window->width * channels);
            column += window->width * channels;
        } else {
            for (int32_t x = 0; x < window->width; x++) {
                int32_t in_x = left + (x * window->dilation_width);
                if ((in_x >= 0) && (in_x < layer->input.width)) {
                    copy(column, &from[x * window->dilation_width * channels], channels);
                } else {
                    fill(column, layer->input_zero_point, channels);
                }
                column += channels;
            }
        }
    }
}

static void finish(const struct dsp_conv *layer, const int32_t *sums, int32_t channel, int32_t count,
                   int8_t *output)
{
    const struct dsp_scale *scale = &layer->scales[channel];
    for (int32_t pixel = 0; pixel < count; pixel++) {
        int32_t value = finished(sums[pixel], scale);
        output[pixel * layer->output.channels] =
            (int8_t)clamped(value, layer->range.low, layer->range.high);
    }
}

static void finish_four(const struct dsp_conv *layer, const int32_t *sums, int32_t channel,
                        int8_t *output)
{
    /* The usual case, kept apart: all pixels are there and the type's range is the limit. */
    struct dsp_scale scale = layer->scales[channel];
    int32_t stride = layer->output.channels;
    output[0] = (int8_t)finished(sums[0], &scale);
    output[stride] = (int8_t)finished(sums[1], &scale);
    output[2 * stride] = (int8_t)finished(sums[2], &scale);
    output[3 * stride] = (int8_t)finished(sums[3], &scale);
}

void dsp_conv_2d(const struct dsp_conv *layer, const int8_t *input, int8_t *output, void *scratch)
{
    int32_t channels = layer->output.channels;
    int32_t pixels = layer->output.height * layer->output.width;
    int32_t steps = (layer->taps + 3) / 4;
    int16_t *columns = scratch;
    int16_t *end = &columns[steps * 4 * PIXELS];
    int8_t *column = (int8_t *)end;
    const struct window *window = &layer->window;
    int32_t direct = (window->height == 1) && (window->width == 1) &&
                     (window->stride_height == 1) && (window->stride_width == 1) &&
                     ((layer->taps & 3) == 0);
    int32_t full = (layer->range.low == INT8_MIN) && (layer->range.high == INT8_MAX);
    fill(column, 0, steps * 4);
    for (int32_t pixel = 0; pixel < pixels; pixel += PIXELS) {
        int32_t count = ((pixels - pixel) < PIXELS) ? (pixels - pixel) : PIXELS;
        const int8_t *weights = layer->weights;
        for (int32_t index = 0; index < count; index++) {
            const int8_t *from = column;
            if (direct != 0) {
                from = &input[(pixel + index) * layer->taps];
            } else {
                gather(layer, input, pixel + index, column);
            }
            widen(from, &((uint32_t *)columns)[index], steps);
        }
        for (int32_t channel = 0; channel < channels; channel += 2) {
            int32_t sums[2 * PIXELS];
            int8_t *place = &output[(pixel * channels) + channel];
            sums[0] = layer->bias[channel];
            sums[1] = layer->bias[channel + 1];
            dot_2_by_4(weights, columns, end, sums);
            weights += steps * 8;
            if ((count == PIXELS) && (full != 0) && (channel + 1 < channels)) {
                finish_four(layer, sums, channel, place);
                finish_four(layer, &sums[PIXELS], channel + 1, place + 1);
            } else {
                finish(layer, sums, channel, count, place);
                if (channel + 1 < channels) {
                    finish(layer, &sums[PIXELS], channel + 1, count, place + 1);
                }
            }
        }
    }
}
