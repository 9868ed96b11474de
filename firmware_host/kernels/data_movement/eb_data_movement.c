#include <string.h>

#include "eb_data_movement.h"
#include "eb_loop_nest.h"

void eb_move(const struct eb_move_layer *layer, const int8_t *input, int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, layer->input_start, layer->output_start};
    do {
        if (layer->run_bytes == 1) {
            output[at.right] = input[at.left];
        } else {
            (void)memcpy(&output[at.right], &input[at.left], (size_t)layer->run_bytes);
        }
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}

void eb_move_table(const struct eb_move_table_layer *layer, const int8_t *input, int8_t *output)
{
    const struct eb_move_layer *move = &layer->move;
    struct eb_loop_position at = {{0, 0, 0, 0}, move->input_start, move->output_start};
    const int8_t *answer_to_0 = &layer->table[128];
    do {
        for (int32_t i = 0; i < move->run_bytes; i++) {
            output[at.right + i] = answer_to_0[input[at.left + i]];
        }
    } while (eb_loop_nest_next(&move->loops, &at, EB_LOOP_NEST_DEPTH));
}

void eb_fill(const struct eb_fill_layer *layer, int8_t *output)
{
    (void)memset(output, layer->value, (size_t)layer->count);
}

void eb_gather(const struct eb_gather_layer *layer, const int8_t *input, int8_t *output)
{
    const int8_t *from = input;
    int8_t *next = output;
    for (int32_t outer = 0; outer < layer->outer; outer++) {
        for (int32_t i = 0; i < layer->count; i++) {
            int32_t start = layer->indices[i] * layer->run_bytes;
            (void)memcpy(next, &from[start], (size_t)layer->run_bytes);
            next += layer->run_bytes;
        }
        from += layer->size * layer->run_bytes;
    }
}
