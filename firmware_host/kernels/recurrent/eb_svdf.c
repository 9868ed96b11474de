/* SVDF: a filter over the last inputs, which the layer keeps as products with its weights. */
#include <stddef.h>

#include "eb_fixed_point.h"
#include "eb_recurrent.h"

/* Put a filter's product with the input behind those of the inputs before it. */
static void remember(const struct eb_svdf_layer *layer, const int8_t *weights, const int8_t *input,
                     int16_t *memory)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < layer->inputs; i++) {
        sum += (int32_t)weights[i] * ((int32_t)input[i] - layer->input_zero_point);
    }
    sum = eb_scaled(sum, layer->state_multiplier, layer->state_shift);
    sum = eb_clamped(sum, layer->state.low, layer->state.high);
    for (int32_t i = 1; i < layer->steps; i++) {
        memory[i - 1] = memory[i];
    }
    memory[layer->steps - 1] = (int16_t)sum;
}

void eb_svdf(const struct eb_svdf_layer *layer, const int8_t *input, int8_t *state, int8_t *output)
{
    int16_t *memory = (int16_t *)(void *)state;
    const int8_t *from = input;
    int8_t *next = output;
    for (int32_t batch = 0; batch < layer->batches; batch++) {
        const int8_t *weights = layer->weights;
        const int16_t *over_time = layer->time_weights;
        for (int32_t unit = 0; unit < layer->units; unit++) {
            int32_t sum = (layer->bias != NULL) ? layer->bias[unit] : 0;
            for (int32_t rank = 0; rank < layer->rank; rank++) {
                remember(layer, weights, from, memory);
                for (int32_t i = 0; i < layer->steps; i++) {
                    int32_t part = (int32_t)over_time[i] * (int32_t)memory[i];
                    /* A sum that is too large wraps, as the reference's does. */
                    sum = (int32_t)((uint32_t)sum + (uint32_t)part);
                }
                weights += layer->inputs;
                over_time += layer->steps;
                memory += layer->steps;
            }
            sum = eb_scaled(sum, layer->output_multiplier, layer->output_shift);
            sum += layer->output_zero_point;
            *next = (int8_t)eb_clamped(sum, INT8_MIN, INT8_MAX);
            next++;
        }
        from += layer->inputs;
    }
}
