/* Convolutions and dense layers, two output channels at a time: all pixels of those before the next
 * two, so that their weights stay in a cache. Where all columns of two neighbouring windows lie
 * inside, both are computed at once, and the input's zero point comes off the sum: it is taken
 * times the weights' sum. At the borders it comes off every input. */
#include "eb_conv_small.h"
#include "eb_finish.h"
#include "eb_sums.h"
#include "eb_windows.h"

/* A layer's shapes as its loops need them. The taps of a window lie in runs, one value after the
 * other in the weights and in the input. */
struct plan {
    const struct eb_weighted *weighted;
    struct eb_window window;
    struct eb_shape input;
    struct eb_shape output;
    struct eb_span whole; /* columns of outputs whose windows lie inside from left to right */
    int32_t depth;
    int32_t row_runs; /* in a row of taps */
    int32_t run_values;
    int32_t row_values;  /* weights of a row of taps */
    int32_t column_step; /* in the input, from a column of taps to the next */
    int32_t row_step;
};

/* Two output channels; of an odd number the last one is both. */
struct pair {
    const int8_t *weights;
    int32_t weights_apart; /* from the first one's weights to the second one's */
    int32_t output_apart;
    struct eb_finish finishes[2];
};

/* What the zero point adds to a sum over some rows of taps. */
static uint32_t share_of_zero(const struct plan *plan, const int8_t *weights, struct eb_span rows)
{
    int32_t count = (rows.end - rows.first) * plan->row_values;
    int32_t sum = eb_sum_of(&weights[rows.first * plan->row_values], count, 1);
    return (uint32_t)sum * (uint32_t)plan->weighted->input_zero_point;
}

/* Two pixels whose windows have all columns inside; the left one's begins at `origin`. */
static struct eb_sums_2_by_2 sums_of_two(const struct plan *plan, const struct pair *pair,
                                         const int8_t *input, int32_t origin, struct eb_span rows)
{
    struct eb_sums_2_by_2 sums = {0, 0, 0, 0};
    int32_t apart = plan->window.stride_width * plan->input.channels;
    int32_t offset = rows.first * plan->row_values;
    for (int32_t y = rows.first; y < rows.end; y++) {
        int32_t from = origin + (y * plan->row_step);
        for (int32_t run = plan->row_runs; run > 0; run--) {
            eb_add_2_by_2(&sums, &pair->weights[offset], pair->weights_apart, &input[from], apart,
                          plan->run_values);
            offset += plan->run_values;
            from += plan->column_step;
        }
    }
    return sums;
}

/* One pixel, of which some taps may lie outside; its window begins at `origin`. */
static struct eb_sums_2 sums_of_one(const struct plan *plan, const struct pair *pair,
                                    const int8_t *input, int32_t origin, struct eb_span rows,
                                    struct eb_span columns)
{
    struct eb_sums_2 sums = {0, 0};
    int32_t runs = columns.end - columns.first;
    int32_t values = plan->depth;
    if ((plan->row_runs == 1) && (runs > 0)) {
        values *= runs;
        runs = 1;
    }
    for (int32_t y = rows.first; y < rows.end; y++) {
        int32_t offset = (y * plan->row_values) + (columns.first * plan->depth);
        int32_t from = origin + (y * plan->row_step) + (columns.first * plan->column_step);
        for (int32_t run = runs; run > 0; run--) {
            eb_add_2(&sums, &pair->weights[offset], pair->weights_apart, &input[from], values,
                     plan->weighted->input_zero_point);
            offset += values;
            from += plan->column_step;
        }
    }
    return sums;
}

/* Both channels of two pixels, the second one `behind` the first. */
static void finish_two(const struct pair *pair, const struct eb_sums_2_by_2 *sums,
                       const uint32_t *biases, int8_t *output, int8_t *behind)
{
    int8_t left = eb_finished(&pair->finishes[0], sums->first_left, biases[0]);
    int8_t right = eb_finished(&pair->finishes[0], sums->first_right, biases[0]);
    output[0] = left;
    behind[0] = right;
    left = eb_finished(&pair->finishes[1], sums->second_left, biases[1]);
    right = eb_finished(&pair->finishes[1], sums->second_right, biases[1]);
    output[pair->output_apart] = left;
    behind[pair->output_apart] = right;
}

/* Two channels of all pixels. `input` begins at the first channel that they see. */
static void convolve(const struct plan *plan, const struct pair *pair, const int8_t *input,
                     int8_t *output)
{
    const struct eb_window *window = &plan->window;
    const struct eb_finish *finishes = pair->finishes;
    bool has_two = (plan->whole.end - plan->whole.first) > 1;
    uint32_t biases[2];              /* less what the zero point adds */
    struct eb_span of_rows = {0, 0}; /* that those are for */
    int8_t *next = output;
    biases[0] = finishes[0].bias;
    biases[1] = finishes[1].bias;
    for (int32_t row = 0; row < plan->output.height; row++) {
        int32_t top = (row * window->stride_height) - window->pad_top;
        int32_t origin = ((top * plan->input.width) - window->pad_left) * plan->input.channels;
        struct eb_span rows =
            eb_taps_inside(top, window->height, window->dilation_height, plan->input.height);
        int32_t column = 0;
        if (has_two && ((rows.first != of_rows.first) || (rows.end != of_rows.end))) {
            of_rows = rows;
            biases[0] = finishes[0].bias - share_of_zero(plan, pair->weights, rows);
            biases[1] =
                finishes[1].bias - share_of_zero(plan, &pair->weights[pair->weights_apart], rows);
        }
        while (column < plan->output.width) {
            int32_t left = column * window->stride_width;
            int32_t from = origin + (left * plan->input.channels);
            if ((column >= plan->whole.first) && ((column + 1) < plan->whole.end)) {
                struct eb_sums_2_by_2 sums = sums_of_two(plan, pair, input, from, rows);
                finish_two(pair, &sums, biases, next, &next[plan->output.channels]);
                next += 2 * plan->output.channels;
                column += 2;
            } else {
                struct eb_span columns = eb_taps_inside(left - window->pad_left, window->width,
                                                        window->dilation_width, plan->input.width);
                struct eb_sums_2 sums = sums_of_one(plan, pair, input, from, rows, columns);
                next[0] = eb_finished(&finishes[0], sums.first, finishes[0].bias);
                next[pair->output_apart] = eb_finished(&finishes[1], sums.second, finishes[1].bias);
                next += plan->output.channels;
                column++;
            }
        }
    }
}

/* All channels, by the groups that see the same input channels. */
static void convolve_all(struct plan *plan, const int8_t *input, int8_t *output)
{
    const struct eb_window *window = &plan->window;
    int32_t channels = plan->output.channels;
    int32_t taps = window->height * window->width * plan->depth;
    int32_t per_group = (channels * plan->depth) / plan->input.channels;
    int32_t reach = ((window->width - 1) * window->dilation_width) + 1;
    int32_t group_end = per_group;
    const int8_t *group = input;
    int32_t channel = 0;
    plan->whole = eb_outputs_inside(plan->output.width, window->stride_width, window->pad_left,
                                    reach, plan->input.width);
    plan->row_runs = window->width;
    plan->run_values = plan->depth;
    plan->row_values = window->width * plan->depth;
    plan->column_step = window->dilation_width * plan->input.channels;
    plan->row_step = window->dilation_height * plan->input.width * plan->input.channels;
    if ((plan->depth == plan->input.channels) && (window->dilation_width == 1)) {
        plan->row_runs = 1;
        plan->run_values = plan->row_values;
    }
    while (channel < channels) {
        struct pair pair;
        pair.output_apart = ((channel + 1) < group_end) ? 1 : 0;
        pair.weights_apart = pair.output_apart * taps;
        pair.weights = &plan->weighted->weights[channel * taps];
        pair.finishes[0] = eb_finish_of(plan->weighted, channel);
        pair.finishes[1] = eb_finish_of(plan->weighted, channel + pair.output_apart);
        convolve(plan, &pair, group, &output[channel]);
        channel += 1 + pair.output_apart;
        if (channel == group_end) {
            group_end += per_group;
            group += plan->depth;
        }
    }
}

void eb_conv_2d(const struct eb_conv *layer, const int8_t *input, int8_t *output)
{
    int32_t taps = layer->window.height * layer->window.width * layer->depth;
    struct plan plan;
    plan.weighted = &layer->weighted;
    plan.window = layer->window;
    plan.input = layer->input;
    plan.output = layer->output;
    plan.depth = layer->depth;
    if ((plan.window.height == 1) && (plan.window.width == 1) &&
        (plan.input.height == plan.output.height) && (plan.input.width == plan.output.width) &&
        (plan.window.stride_height == 1) && (plan.window.stride_width == 1)) {
        /* Pixel by pixel: one row of them. */
        plan.input.width *= plan.input.height;
        plan.input.height = 1;
        plan.output.width = plan.input.width;
        plan.output.height = 1;
        convolve_all(&plan, input, output);
    } else if ((taps <= EB_SMALL_TAPS) && (layer->depth == layer->input.channels)) {
        eb_conv_small(layer, input, output);
    } else {
        convolve_all(&plan, input, output);
    }
}

void eb_fully_connected(const struct eb_dense *layer, const int8_t *input, int8_t *output)
{
    static const struct eb_window one = {1, 1, 1, 1, 1, 1, 0, 0};
    struct plan plan;
    plan.weighted = &layer->weighted;
    plan.window = one;
    plan.input.height = 1;
    plan.input.width = layer->rows;
    plan.input.channels = layer->inputs;
    plan.output = plan.input;
    plan.output.channels = layer->outputs;
    plan.depth = layer->inputs;
    convolve_all(&plan, input, output);
}
