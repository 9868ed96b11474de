/* Kernels of layers with a state that the next inference finds.
 *
 * What eb_kernels.h says of every kernel holds here too. */
#ifndef EB_RECURRENT_H
#define EB_RECURRENT_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_shapes.h"

/* Weights, biases, multipliers and shifts are of four gates, one behind the other: input, forget,
 * cell, output. Each has rows of `inputs`, and of `units` for the hidden state. */
struct eb_lstm_layer {
    const int8_t *input_weights;
    const int8_t *recurrent_weights;
    const int32_t *bias;
    const int32_t *multipliers; /* of four sums over inputs, then of four over hidden states */
    const int8_t *shifts;
    int32_t batches;
    int32_t steps;
    int32_t inputs;
    int32_t units;
    bool is_time_major; /* inputs of one time lie together, not those of one batch */
    int32_t input_zero_point;
    int32_t hidden_zero_point;
    int32_t kept_multiplier; /* of the forget gate times the cell */
    int32_t kept_shift;
    int32_t added_multiplier; /* of the input gate times the cell gate */
    int32_t added_shift;
    int32_t hidden_multiplier; /* of the output gate times the cell's function */
    int32_t hidden_shift;
    struct eb_range cell;
    int32_t cell_shift; /* the cell's bits behind the point are 12 less this: -15 to 14 */
};

/* UNIDIRECTIONAL_SEQUENCE_LSTM. `hidden` has batches * units values, `cell` as many int16_t; both
 * go on where the last call ended. */
void eb_lstm(const struct eb_lstm_layer *layer, const int8_t *input, int8_t *hidden, int8_t *cell,
             int8_t *output);

/* Each unit is the sum of `rank` filters. A filter's `steps` products with the last inputs are
 * int16_t in its memory, oldest first. */
struct eb_svdf_layer {
    const int8_t *weights;
    const int16_t *time_weights;
    const int32_t *bias; /* NULL for none */
    int32_t batches;
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t steps;
    int32_t input_zero_point;
    int32_t state_multiplier;
    int32_t state_shift;
    struct eb_range state;
    int32_t output_multiplier;
    int32_t output_shift;
    int32_t output_zero_point;
};

/* SVDF. `state` has batches * units * rank * steps int16_t, and goes on where the last call ended.
 */
void eb_svdf(const struct eb_svdf_layer *layer, const int8_t *input, int8_t *state, int8_t *output);

#endif
