#include "eb_sums.h"

#define UNROLLED 4
/* The innermost loop of most layers takes so many taps at a time. */
#define MANY 16

static inline void step_2_by_2(struct eb_sums_2_by_2 *sums, int32_t first, int32_t second,
                               int32_t left, int32_t right)
{
    sums->first_left += first * left;
    sums->first_right += first * right;
    sums->second_left += second * left;
    sums->second_right += second * right;
}

static inline void steps_2_by_2(struct eb_sums_2_by_2 *sums, const int8_t *first,
                                const int8_t *second, const int8_t *left, const int8_t *right)
{
    step_2_by_2(sums, first[0], second[0], left[0], right[0]);
    step_2_by_2(sums, first[1], second[1], left[1], right[1]);
    step_2_by_2(sums, first[2], second[2], left[2], right[2]);
    step_2_by_2(sums, first[3], second[3], left[3], right[3]);
}

void eb_add_2_by_2(struct eb_sums_2_by_2 *sums, const int8_t *weights, int32_t weights_apart,
                   const int8_t *inputs, int32_t inputs_apart, int32_t count)
{
    struct eb_sums_2_by_2 here = *sums;
    const int8_t *first = weights;
    const int8_t *second = &weights[weights_apart];
    const int8_t *left = inputs;
    const int8_t *right = &inputs[inputs_apart];
    const int8_t *last = &weights[count];
    const int8_t *end = &weights[count & ~(UNROLLED - 1)];
    const int8_t *end_of_many = &weights[count & ~(MANY - 1)];
    while (first != end_of_many) {
        steps_2_by_2(&here, first, second, left, right);
        steps_2_by_2(&here, &first[4], &second[4], &left[4], &right[4]);
        steps_2_by_2(&here, &first[8], &second[8], &left[8], &right[8]);
        steps_2_by_2(&here, &first[12], &second[12], &left[12], &right[12]);
        first += MANY;
        second += MANY;
        left += MANY;
        right += MANY;
    }
    while (first != end) {
        steps_2_by_2(&here, first, second, left, right);
        first += UNROLLED;
        second += UNROLLED;
        left += UNROLLED;
        right += UNROLLED;
    }
    while (first != last) {
        step_2_by_2(&here, *first, *second, *left, *right);
        first++;
        second++;
        left++;
        right++;
    }
    *sums = here;
}

struct eb_sums_2_by_2 eb_dots_2_by_2(const int8_t *weights, int32_t weights_apart,
                                     const int16_t *inputs, int32_t count)
{
    struct eb_sums_2_by_2 sums = {0, 0, 0, 0};
    const int8_t *first = weights;
    const int8_t *second = &weights[weights_apart];
    const int16_t *left = inputs;
    const int16_t *right = &inputs[count];
    const int8_t *last = &weights[count];
    const int8_t *end = &weights[count & ~(UNROLLED - 1)];
    while (first != end) {
        step_2_by_2(&sums, first[0], second[0], left[0], right[0]);
        step_2_by_2(&sums, first[1], second[1], left[1], right[1]);
        step_2_by_2(&sums, first[2], second[2], left[2], right[2]);
        step_2_by_2(&sums, first[3], second[3], left[3], right[3]);
        first += UNROLLED;
        second += UNROLLED;
        left += UNROLLED;
        right += UNROLLED;
    }
    while (first != last) {
        step_2_by_2(&sums, *first, *second, *left, *right);
        first++;
        second++;
        left++;
        right++;
    }
    return sums;
}

static inline void step_2(struct eb_sums_2 *sums, int32_t first, int32_t second, int32_t value)
{
    sums->first += first * value;
    sums->second += second * value;
}

void eb_add_2(struct eb_sums_2 *sums, const int8_t *weights, int32_t weights_apart,
              const int8_t *inputs, int32_t count, int32_t zero)
{
    struct eb_sums_2 here = *sums;
    const int8_t *first = weights;
    const int8_t *second = &weights[weights_apart];
    const int8_t *next = inputs;
    const int8_t *last = &weights[count];
    const int8_t *end = &weights[count & ~(UNROLLED - 1)];
    while (first != end) {
        step_2(&here, first[0], second[0], (int32_t)next[0] - zero);
        step_2(&here, first[1], second[1], (int32_t)next[1] - zero);
        step_2(&here, first[2], second[2], (int32_t)next[2] - zero);
        step_2(&here, first[3], second[3], (int32_t)next[3] - zero);
        first += UNROLLED;
        second += UNROLLED;
        next += UNROLLED;
    }
    while (first != last) {
        step_2(&here, *first, *second, (int32_t)*next - zero);
        first++;
        second++;
        next++;
    }
    *sums = here;
}

struct lanes {
    int32_t sums[EB_LANES];
};

static inline struct lanes lanes_of(const int8_t *weights, const int8_t *input,
                                    const struct eb_taps *taps, int32_t zero)
{
    struct lanes lanes = {{0, 0, 0, 0}};
    const int8_t *row_weights = weights;
    const int8_t *row_input = input;
    int32_t input_step = taps->input_step;
    int32_t weights_step = taps->weights_step;
    for (int32_t rows = taps->rows; rows > 0; rows--) {
        const int8_t *factors = row_weights;
        const int8_t *values = row_input;
        for (int32_t columns = taps->columns; columns > 0; columns--) {
            lanes.sums[0] += (int32_t)factors[0] * ((int32_t)values[0] - zero);
            lanes.sums[1] += (int32_t)factors[1] * ((int32_t)values[1] - zero);
            lanes.sums[2] += (int32_t)factors[2] * ((int32_t)values[2] - zero);
            lanes.sums[3] += (int32_t)factors[3] * ((int32_t)values[3] - zero);
            factors += weights_step;
            values += input_step;
        }
        row_weights += taps->weights_row_step;
        row_input += taps->input_row_step;
    }
    return lanes;
}

void eb_lanes(const int8_t *weights, const int8_t *input, const struct eb_taps *taps,
              const struct eb_finish *finishes, const uint32_t *biases, int8_t *output)
{
    struct lanes lanes;
    lanes = lanes_of(weights, input, taps, 0);
    output[0] = eb_finished(&finishes[0], lanes.sums[0], biases[0]);
    output[1] = eb_finished(&finishes[1], lanes.sums[1], biases[1]);
    output[2] = eb_finished(&finishes[2], lanes.sums[2], biases[2]);
    output[3] = eb_finished(&finishes[3], lanes.sums[3], biases[3]);
}

void eb_lanes_less(const int8_t *weights, const int8_t *input, const struct eb_taps *taps,
                   const struct eb_finish *finishes, int32_t zero, int8_t *output)
{
    struct lanes lanes;
    lanes = lanes_of(weights, input, taps, zero);
    for (int32_t lane = 0; lane < EB_LANES; lane++) {
        output[lane] = eb_finished(&finishes[lane], lanes.sums[lane], finishes[lane].bias);
    }
}

int32_t eb_sum_of(const int8_t *weights, int32_t count, int32_t step)
{
    const int8_t *next = weights;
    int32_t sum = 0;
    for (int32_t left = count; left > 0; left--) {
        sum += *next;
        next += step;
    }
    return sum;
}
