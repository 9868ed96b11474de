#include "eb_dots.h"
#include "eb_dsp.h"
#include "eb_gather.h"

#define PIXELS 4

/* Where the next four taps of a pixel go, among those of the others. */
struct place {
    uint32_t *words;
};

static inline void put(struct place *place, uint32_t word)
{
    place->words[0] = (uint32_t)eb_even_of(word);
    place->words[PIXELS] = (uint32_t)eb_odd_of(word);
    place->words += 2 * PIXELS;
}

/* Widen bytes; their number is a multiple of four. */
static void widen(struct place *place, const int8_t *bytes, int32_t count)
{
    const int8_t *end = &bytes[count];
    struct place here = *place;
    if ((count & 4) != 0) {
        put(&here, eb_word_at(bytes));
        bytes += 4;
    }
    while (bytes != end) {
        put(&here, eb_word_at(bytes));
        put(&here, eb_word_at(&bytes[4]));
        bytes += 8;
    }
    *place = here;
}

static void widen_same(struct place *place, int32_t value, int32_t count)
{
    uint32_t word = (uint32_t)(uint8_t)value * 0x01010101U;
    for (int32_t index = 0; index < count; index += 4) {
        put(place, word);
    }
}

/* Widen what an output sees, channels being a multiple of four. */
static void gather_words(const struct eb_dsp_conv *layer, const int8_t *input, int32_t pixel,
                         struct place *place)
{
    const struct eb_window *window = &layer->geometry.window;
    int32_t channels = layer->geometry.input.channels;
    struct eb_view view = eb_view_of(&layer->geometry, pixel);
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = view.top + (y * window->dilation_height);
        const int8_t *from = &input[((in_y * layer->geometry.input.width) + view.left) * channels];
        if ((in_y < 0) || (in_y >= layer->geometry.input.height)) {
            widen_same(place, layer->geometry.input_zero_point, window->width * channels);
        } else if (view.is_whole) {
            widen(place, from, window->width * channels);
        } else {
            for (int32_t x = 0; x < window->width; x++) {
                int32_t in_x = view.left + (x * window->dilation_width);
                if ((in_x >= 0) && (in_x < layer->geometry.input.width)) {
                    widen(place, &from[x * window->dilation_width * channels], channels);
                } else {
                    widen_same(place, layer->geometry.input_zero_point, channels);
                }
            }
        }
    }
}

static void finish(const struct eb_dsp_conv *layer, const int32_t *sums, int32_t channel,
                   int32_t count, int8_t *output)
{
    const struct eb_dsp_scale *scale = &layer->scales[channel];
    for (int32_t pixel = 0; pixel < count; pixel++) {
        int32_t value = eb_dsp_finished(sums[pixel], scale);
        output[pixel * layer->geometry.output.channels] =
            (int8_t)eb_clamped(value, layer->range.low, layer->range.high);
    }
}

/* What two channels that are not usual need: fewer than four pixels, one channel, a limit. */
static void unusual(const struct eb_dsp_conv *layer, const int8_t *weights, const int16_t *columns,
                    const int16_t *end, int32_t channel, int32_t count, int8_t *output)
{
    int32_t sums[2 * PIXELS];
    sums[0] = layer->bias[channel];
    sums[1] = layer->bias[channel + 1];
    if (layer->is_wide) {
        eb_dot_2_by_4_wide((const int16_t *)(const void *)weights, columns, end, sums);
    } else {
        eb_dot_2_by_4(weights, columns, end, sums);
    }
    finish(layer, sums, channel, count, output);
    if ((channel + 1) < layer->geometry.output.channels) {
        finish(layer, &sums[PIXELS], channel + 1, count, output + 1);
    }
}

void eb_dsp_conv_2d(const struct eb_dsp_conv *layer, const int8_t *input, int8_t *output,
                    void *scratch)
{
    int32_t channels = layer->geometry.output.channels;
    int32_t pixels = layer->geometry.output.height * layer->geometry.output.width;
    int32_t taps = (layer->taps + (EB_DSP_TAPS - 1)) & ~(EB_DSP_TAPS - 1);
    int16_t *columns = scratch;
    uint32_t *words = scratch; /* the same, by pairs */
    int16_t *end = &columns[taps * PIXELS];
    int8_t *column = (int8_t *)end;
    bool is_wide = layer->is_wide;
    int32_t pair_bytes = taps * 2 * (is_wide ? 2 : 1);
    bool by_words = (layer->geometry.input.channels & 3) == 0;
    bool full = (layer->range.low == INT8_MIN) && (layer->range.high == INT8_MAX);
    struct eb_dot_block block;
    block.stride = channels;
    (void)memset(column, 0, (size_t)taps);
    for (int32_t pixel = 0; pixel < pixels; pixel += PIXELS) {
        int32_t left = pixels - pixel;
        int32_t count = (left < PIXELS) ? left : PIXELS;
        const int8_t *weights = layer->weights;
        int32_t channel = 0;
        for (int32_t index = 0; index < count; index++) {
            struct place place;
            place.words = &words[index];
            if (by_words) {
                gather_words(layer, input, pixel + index, &place);
                widen_same(&place, 0, taps - layer->taps);
            } else {
                eb_gather_bytes(&layer->geometry, input, pixel + index, column);
                widen(&place, column, taps);
            }
        }
        if ((count == PIXELS) && full) {
            block.output = &output[pixel * channels];
            block.scales = layer->scales;
            block.bias = layer->bias;
            for (; (channel + 1) < channels; channel += 2) {
                if (is_wide) {
                    eb_conv_2_by_4_wide((const int16_t *)(const void *)weights, columns, end,
                                        &block);
                } else {
                    eb_conv_2_by_4(weights, columns, end, &block);
                }
                block.output += 2;
                block.scales += 2;
                block.bias += 2;
                weights += pair_bytes;
            }
        }
        for (; channel < channels; channel += 2) {
            unusual(layer, weights, columns, end, channel, count,
                    &output[(pixel * channels) + channel]);
            weights += pair_bytes;
        }
    }
}
