/* Real numbers into stored ones and back: QUANTIZE and DEQUANTIZE, where a network begins and ends.
 */
#include "eb_any_width.h"
#include "eb_rounding.h"

void eb_quantize(const struct eb_quantize_layer *layer, const int8_t *input, int8_t *output)
{
    const float *values = (const float *)(const void *)input;
    int16_t *wide = (int16_t *)(void *)output;
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t stored = eb_rounded(values[i] / layer->scale) + layer->zero_point;
        if (stored < layer->range.low) {
            stored = layer->range.low;
        }
        if (stored > layer->range.high) {
            stored = layer->range.high;
        }
        if (layer->is_wide) {
            wide[i] = (int16_t)stored;
        } else {
            uint32_t bits = (uint32_t)stored & 0xFFU; /* those of a uint8_t are kept */
            output[i] = (int8_t)(uint8_t)bits;
        }
    }
}

void eb_dequantize(const struct eb_dequantize_layer *layer, const int8_t *input, int8_t *output)
{
    const int16_t *wide = (const int16_t *)(const void *)input;
    float *values = (float *)(void *)output;
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t stored = layer->is_wide ? (int32_t)wide[i] : (int32_t)input[i];
        if (layer->is_unsigned) {
            uint32_t bits = (uint32_t)stored & 0xFFU;
            stored = (int32_t)bits;
        }
        stored -= layer->zero_point;
        values[i] = layer->scale * (float)stored;
    }
}
