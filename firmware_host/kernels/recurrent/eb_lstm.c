/* UNIDIRECTIONAL_SEQUENCE_LSTM: gates and the cell have 16 bits, activations and weights 8. */
#include <stddef.h>
#include <string.h>

#include "eb_fixed_point.h"
#include "eb_recurrent.h"
#include "eb_sigmoid.h"

#define GATES 4
#define INPUT_GATE 0
#define FORGET_GATE 1
#define CELL_GATE 2
#define OUTPUT_GATE 3

static int32_t in_16_bits(int32_t value)
{
    return eb_clamped(value, INT16_MIN, INT16_MAX);
}

/* The sum of products of a row of weights with differences from a zero point. */
static int32_t dot(const int8_t *weights, const int8_t *values, int32_t zero_point, int32_t count)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += (int32_t)weights[i] * ((int32_t)values[i] - zero_point);
    }
    return sum;
}

/* What a gate's function is of, with 12 bits behind the point. */
static int32_t gate_sum(const struct eb_lstm_layer *layer, int32_t gate, int32_t unit,
                        const int8_t *input, const int8_t *hidden)
{
    int32_t row = (gate * layer->units) + unit;
    int32_t from_input = dot(&layer->input_weights[row * layer->inputs], input,
                             layer->input_zero_point, layer->inputs);
    int32_t from_hidden = dot(&layer->recurrent_weights[row * layer->units], hidden,
                              layer->hidden_zero_point, layer->units);
    from_input += layer->bias[row];
    from_input = eb_scaled(from_input, layer->multipliers[gate], layer->shifts[gate]);
    from_hidden =
        eb_scaled(from_hidden, layer->multipliers[GATES + gate], layer->shifts[GATES + gate]);
    return in_16_bits(in_16_bits(from_input) + in_16_bits(from_hidden));
}

/* The next value of a unit's cell, from its gates. */
static int32_t next_cell(const struct eb_lstm_layer *layer, int32_t unit, const int8_t *input,
                         const int8_t *hidden, int32_t cell)
{
    int32_t admit = eb_logistic_16(3 * gate_sum(layer, INPUT_GATE, unit, input, hidden));
    int32_t keep = eb_logistic_16(3 * gate_sum(layer, FORGET_GATE, unit, input, hidden));
    int32_t change = eb_tanh_16(3 * gate_sum(layer, CELL_GATE, unit, input, hidden));
    int32_t kept;
    int32_t added;
    kept = in_16_bits(eb_scaled(keep * cell, layer->kept_multiplier, layer->kept_shift));
    added = in_16_bits(eb_scaled(admit * change, layer->added_multiplier, layer->added_shift));
    return eb_clamped(kept + added, layer->cell.low, layer->cell.high);
}

/* The cell's value as eb_tanh_16 takes it. */
static int32_t cell_for_tanh(const struct eb_lstm_layer *layer, int32_t cell)
{
    int32_t shift = layer->cell_shift;
    if (shift >= 0) {
        return cell * 3 * (1 << shift);
    }
    return ((cell * 3) + (1 << (-shift - 1))) >> -shift;
}

/* One step of one sequence: `output` gets what becomes the hidden state. */
static void step(const struct eb_lstm_layer *layer, const int8_t *input, int8_t *hidden,
                 int16_t *cells, int8_t *output)
{
    for (int32_t unit = 0; unit < layer->units; unit++) {
        int32_t cell = next_cell(layer, unit, input, hidden, cells[unit]);
        int32_t gate = eb_logistic_16(3 * gate_sum(layer, OUTPUT_GATE, unit, input, hidden));
        int32_t value = eb_tanh_16(cell_for_tanh(layer, cell)) * gate;
        cells[unit] = (int16_t)cell;
        value = eb_scaled(value, layer->hidden_multiplier, layer->hidden_shift);
        value += layer->hidden_zero_point;
        output[unit] = (int8_t)eb_clamped(value, INT8_MIN, INT8_MAX);
    }
    (void)memcpy(hidden, output, (size_t)layer->units);
}

void eb_lstm(const struct eb_lstm_layer *layer, const int8_t *input, int8_t *hidden, int8_t *cell,
             int8_t *output)
{
    int16_t *cells = (int16_t *)(void *)cell;
    for (int32_t batch = 0; batch < layer->batches; batch++) {
        for (int32_t time = 0; time < layer->steps; time++) {
            int32_t place = layer->is_time_major ? ((time * layer->batches) + batch)
                                                 : ((batch * layer->steps) + time);
            step(layer, &input[place * layer->inputs], &hidden[batch * layer->units],
                 &cells[batch * layer->units], &output[place * layer->units]);
        }
    }
}
