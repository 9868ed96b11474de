#include "eb_dots.h"
#include "eb_dsp.h"
#include "eb_gather.h"

#define PIXELS 3

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

/* The taps of an output, filled up. */
static int32_t whole_taps(const struct eb_dsp_conv *layer)
{
    return (layer->taps + (EB_DSP_TAPS - 1)) & ~(EB_DSP_TAPS - 1);
}

/* from: how many weights come before the block's. */
static void compute(const struct eb_dsp_conv *layer, int32_t from,
                    const struct eb_conv_block *block)
{
    if (layer->is_wide) {
        const int16_t *weights = layer->weights;
        eb_conv_2_by_3_wide(&weights[from], block);
    } else {
        const int8_t *weights = layer->weights;
        eb_conv_2_by_3(&weights[from], block);
    }
}

/* Pairs of channels from one on, where pixels are fewer than three, the last channel is alone, or
 * the range is narrower than the type. block: of channel 0. */
static void compute_others(const struct eb_dsp_conv *layer, const struct eb_conv_block *block,
                           int32_t from, int32_t count)
{
    int32_t channels = layer->geometry.output.channels;
    int32_t taps = whole_taps(layer);
    int8_t both[2 * PIXELS];
    struct eb_conv_block pair = *block;
    pair.output = both;
    pair.stride = 2;
    pair.pairs = 1;
    for (int32_t channel = from; channel < channels; channel += 2) {
        pair.bias = &block->bias[channel];
        pair.scales = &block->scales[channel];
        compute(layer, channel * taps, &pair);
        for (int32_t pixel = 0; pixel < count; pixel++) {
            int8_t *to = &block->output[(pixel * channels) + channel];
            const int8_t *two = &both[2 * pixel];
            to[0] = (int8_t)eb_clamped(two[0], layer->range.low, layer->range.high);
            if ((channel + 1) < channels) {
                to[1] = (int8_t)eb_clamped(two[1], layer->range.low, layer->range.high);
            }
        }
    }
}

void eb_dsp_conv_2d(const struct eb_dsp_conv *layer, const int8_t *input, int8_t *output,
                    void *scratch)
{
    int32_t channels = layer->geometry.output.channels;
    int32_t pixels = layer->geometry.output.height * layer->geometry.output.width;
    int32_t taps = whole_taps(layer);
    int32_t count = (pixels < PIXELS) ? pixels : PIXELS;
    int16_t *columns = scratch;
    uint32_t *words = scratch; /* the same, by pairs */
    int8_t *column = (int8_t *)&columns[taps * PIXELS];
    bool by_words = (layer->geometry.input.channels & 3) == 0;
    bool full = (layer->range.low == INT8_MIN) && (layer->range.high == INT8_MAX);
    int32_t pairs = channels / 2;
    struct eb_conv_block block;
    block.columns = columns;
    block.end = &columns[taps * PIXELS];
    block.has_odd = taps & EB_DSP_TAPS;
    block.bias = layer->bias;
    block.scales = layer->scales;
    block.stride = channels;
    block.pairs = (full && (count == PIXELS)) ? pairs : 0;
    (void)memset(column, 0, (size_t)taps);
    for (int32_t pixel = 0; pixel < pixels; pixel += PIXELS) {
        /* The last ones may begin with some that are there already. */
        int32_t first = (pixel < (pixels - count)) ? pixel : (pixels - count);
        for (int32_t index = 0; index < count; index++) {
            struct place place;
            place.words = &words[index];
            if (by_words) {
                gather_words(layer, input, first + index, &place);
                widen_same(&place, 0, taps - layer->taps);
            } else {
                eb_gather_bytes(&layer->geometry, input, first + index, column);
                widen(&place, column, taps);
            }
        }
        block.output = &output[first * channels];
        if (block.pairs != 0) {
            compute(layer, 0, &block);
        }
        compute_others(layer, &block, 2 * block.pairs, count);
    }
}
