/* Depthwise convolutions, four channels at a time where each sees an input channel of its own. The
 * input's zero point comes off the sum where all columns of a window lie inside, else off every
 * input: see eb_conv.c. */
#include "eb_finish.h"
#include "eb_sums.h"
#include "eb_windows.h"

/* Which taps of a window lie inside, and where its first one is in the input. */
struct view {
    struct eb_span rows;
    struct eb_span columns;
    int32_t origin;
};

/* The taps of one channel. */
static int32_t sum_of_one(const struct eb_conv *layer, const int8_t *weights, const int8_t *input,
                          const struct view *view)
{
    const struct eb_window *window = &layer->window;
    int32_t zero = layer->weighted.input_zero_point;
    int32_t channels = layer->input.channels;
    int32_t step = window->dilation_width * channels;
    int32_t sum = 0;
    for (int32_t y = view->rows.first; y < view->rows.end; y++) {
        int32_t row = y * window->dilation_height * layer->input.width * channels;
        int32_t from = view->origin + row + (view->columns.first * step);
        int32_t next = ((y * window->width) + view->columns.first) * layer->output.channels;
        for (int32_t x = view->columns.first; x < view->columns.end; x++) {
            sum += (int32_t)weights[next] * ((int32_t)input[from] - zero);
            from += step;
            next += layer->output.channels;
        }
    }
    return sum;
}

/* What the zero point adds to the sum of a channel over some rows of taps. */
static int32_t zeros_share(const struct eb_conv *layer, const int8_t *weights, struct eb_span rows)
{
    int32_t channels = layer->output.channels;
    int32_t width = layer->window.width;
    int32_t sum = eb_sum_of(&weights[rows.first * width * channels],
                            (rows.end - rows.first) * width, channels);
    return sum * layer->weighted.input_zero_point;
}

/* Columns of outputs whose windows lie inside from left to right. */
static struct eb_span whole_columns(const struct eb_conv *layer)
{
    const struct eb_window *window = &layer->window;
    int32_t reach = ((window->width - 1) * window->dilation_width) + 1;
    return eb_outputs_inside(layer->output.width, window->stride_width, window->pad_left, reach,
                             layer->input.width);
}

static struct view view_of(const struct eb_conv *layer, int32_t row, int32_t column)
{
    const struct eb_window *window = &layer->window;
    int32_t top = (row * window->stride_height) - window->pad_top;
    int32_t left = (column * window->stride_width) - window->pad_left;
    struct view view;
    view.rows = eb_taps_inside(top, window->height, window->dilation_height, layer->input.height);
    view.columns = eb_taps_inside(left, window->width, window->dilation_width, layer->input.width);
    view.origin = ((top * layer->input.width) + left) * layer->input.channels;
    return view;
}

/* One channel of all pixels. `input` begins at the channel that it sees. */
static void one_channel(const struct eb_conv *layer, const int8_t *input, int32_t channel,
                        int8_t *output)
{
    struct eb_finish finish = eb_finish_of(&layer->weighted, channel);
    const int8_t *weights = &layer->weighted.weights[channel];
    int8_t *next = &output[channel];
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            struct view view = view_of(layer, row, column);
            int32_t sum = sum_of_one(layer, weights, input, &view);
            *next = eb_finished(&finish, sum, finish.bias);
            next += layer->output.channels;
        }
    }
}

/* EB_LANES channels of all pixels, each with an input channel of its own. */
static void four_channels(const struct eb_conv *layer, const int8_t *input, int32_t channel,
                          int8_t *output)
{
    const struct eb_window *window = &layer->window;
    int32_t channels = layer->output.channels;
    int32_t zero = layer->weighted.input_zero_point;
    const int8_t *weights = layer->weighted.weights;
    int8_t *next = &output[channel];
    struct eb_span whole = whole_columns(layer);
    struct eb_span shared = {0, 0}; /* the rows that biases are of */
    struct eb_finish finishes[EB_LANES];
    uint32_t biases[EB_LANES]; /* less what the zero point adds */
    struct eb_taps taps;
    taps.input_step = window->dilation_width * channels;
    taps.weights_step = channels;
    taps.input_row_step = window->dilation_height * layer->input.width * channels;
    taps.weights_row_step = window->width * channels;
    for (int32_t lane = 0; lane < EB_LANES; lane++) {
        finishes[lane] = eb_finish_of(&layer->weighted, channel + lane);
        biases[lane] = finishes[lane].bias;
    }
    for (int32_t row = 0; row < layer->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        struct eb_span rows =
            eb_taps_inside(top, window->height, window->dilation_height, layer->input.height);
        int32_t first_row = top + (rows.first * window->dilation_height);
        taps.rows = rows.end - rows.first;
        if ((rows.first != shared.first) || (rows.end != shared.end)) {
            shared = rows;
            for (int32_t lane = 0; lane < EB_LANES; lane++) {
                biases[lane] = finishes[lane].bias -
                               (uint32_t)zeros_share(layer, &weights[channel + lane], rows);
            }
        }
        for (int32_t column = 0; column < layer->output.width; column++) {
            int32_t left = (column * window->stride_width) - window->pad_left;
            int32_t offset = channel + (rows.first * taps.weights_row_step);
            int32_t from = ((first_row * layer->input.width) + left) * channels;
            if ((column >= whole.first) && (column < whole.end) && (taps.rows > 0)) {
                taps.columns = window->width;
                eb_lanes(&weights[offset], &input[from], &taps, finishes, biases, next);
            } else {
                struct eb_span columns =
                    eb_taps_inside(left, window->width, window->dilation_width, layer->input.width);
                taps.columns = columns.end - columns.first;
                offset += columns.first * channels;
                from += columns.first * taps.input_step;
                if ((taps.columns == 0) || (taps.rows == 0)) {
                    taps.columns = 0;
                    from = 0;
                }
                eb_lanes_less(&weights[offset], &input[from], &taps, finishes, zero, next);
            }
            next += channels;
        }
    }
}

void eb_depthwise_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    int32_t channels = layer->output.channels;
    int32_t times = channels / layer->input.channels;
    int32_t channel = 0;
    const int8_t *from = input;
    if (times == 1) {
        for (; channel <= (channels - EB_LANES); channel += EB_LANES) {
            four_channels(layer, &input[channel], channel, output);
        }
        from = &input[channel];
    }
    while (channel < channels) {
        for (int32_t i = 0; i < times; i++) {
            one_channel(layer, from, channel, output);
            channel++;
        }
        from++;
    }
}
