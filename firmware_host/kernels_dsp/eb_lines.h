/* Depthwise convolutions of 3 x 3 taps, four outputs in a line at a time: a line is a row of the
 * output, or a column, and so are the lines of the input that it sees. */
#ifndef EB_LINES_H
#define EB_LINES_H

#include <stdint.h>

#include "eb_kernels_dsp.h"

/* One channel: weights and bias are doubled, which saves requantization a shift. */
struct eb_lines_channel {
    struct eb_dsp_scale scale;
    int32_t weights[6]; /* of each line pairs of int16: the first and second, second and third */
    int32_t bias;
};

/* From the first of four outputs to the others. The last step's are 0 where there is no output: the
 * first one is stored last. */
struct eb_lines_step {
    int32_t others[3];
};

struct eb_lines_line {
    const int16_t *inputs[3]; /* aligned to 4 bytes */
    int8_t *output;
    const struct eb_lines_step *step;
    const int8_t *end;                /* of the outputs of those steps */
    const struct eb_lines_step *last; /* of another step behind them, or NULL */
    int32_t stride;
};

/* The outputs of a line, each one input further than the one before. */
void eb_depthwise_line(const struct eb_lines_channel *channel, const struct eb_lines_line *line);

/* The same, each two inputs further. */
void eb_depthwise_line_of_2(const struct eb_lines_channel *channel,
                            const struct eb_lines_line *line);

/* Widen four channels of count inputs, which lie step bytes from each other. The channels' lines
 * are apart bytes from each other. */
void eb_widen_line(const int8_t *input, int32_t step, int32_t count, int16_t *output,
                   int32_t apart);

/* DEPTHWISE_CONV_2D of a layer whose lines are not EB_NO_LINES; scratch as in eb_kernels_dsp.h. */
void eb_depthwise_by_lines(const struct eb_dsp_depthwise *depthwise, const int8_t *input,
                           int8_t *output, void *scratch);

#endif
