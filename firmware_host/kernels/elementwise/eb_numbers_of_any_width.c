/* QUANTIZE and activations between widths, ARG_MAX, ARG_MIN, CAST, and int32 arithmetic. */
#include <string.h>

#include "eb_any_width.h"
#include "eb_fixed_point.h"
#include "eb_loop_nest.h"

/* A signed number of 1, 2 or 4 bytes, or the low half of one of 8. */
static int32_t number_at(const int8_t *values, int32_t index, enum eb_width width)
{
    int32_t word;
    int16_t half;
    if (width == EB_WIDTH_1) {
        return values[index];
    }
    if (width == EB_WIDTH_2) {
        (void)memcpy(&half, &values[index * 2], sizeof(half));
        return half;
    }
    (void)memcpy(&word, &values[index * (int32_t)width], sizeof(word));
    return word;
}

static void put_number(int8_t *values, int32_t index, enum eb_width width, int32_t number)
{
    int32_t words[2] = {number, (number < 0) ? -1 : 0};
    (void)memcpy(&values[index * (int32_t)width], words, (size_t)width);
}

void eb_requantize(const struct eb_requantize_layer *layer, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < layer->count; i++) {
        int32_t value = number_at(input, i, layer->input_width) - layer->input_zero_point;
        int32_t which = (value < 0) ? 1 : 0;
        value = eb_scaled(value, layer->multipliers[which], layer->shifts[which]);
        value += layer->output_zero_point;
        value = eb_clamped(value, layer->output.low, layer->output.high);
        put_number(output, i, layer->output_width, value);
    }
}

void eb_arg(const struct eb_arg_layer *layer, const int8_t *input, int8_t *output)
{
    int32_t next = 0;
    for (int32_t outer = 0; outer < layer->outer; outer++) {
        for (int32_t inner = 0; inner < layer->inner; inner++) {
            int32_t first = (outer * layer->size * layer->inner) + inner;
            int32_t found = number_at(input, first, layer->input_width);
            int32_t place = 0;
            for (int32_t i = 1; i < layer->size; i++) {
                int32_t value = number_at(input, first + (i * layer->inner), layer->input_width);
                if (layer->is_least ? (value < found) : (value > found)) {
                    found = value;
                    place = i;
                }
            }
            put_number(output, next, layer->output_width, place);
            next++;
        }
    }
}

static float real_at(const struct eb_cast_layer *layer, const int8_t *input, int32_t index)
{
    int32_t number = number_at(input, index, layer->input_width);
    float real;
    if (layer->input == EB_REAL) {
        (void)memcpy(&real, &input[index * 4], sizeof(real));
    } else if (layer->input == EB_UNSIGNED) {
        real = (float)(uint8_t)number;
    } else {
        real = (float)number;
    }
    return real;
}

/* Towards 0; the nearest int32_t of what is none, and 0 of what is no number at all. */
static int32_t whole_of(float real)
{
    int32_t whole = 0;
    if (real >= 2147483648.0F) {
        whole = INT32_MAX;
    } else if (real >= -2147483648.0F) {
        whole = (int32_t)real;
    } else if (real < 0.0F) {
        whole = (int32_t)-2147483648.0F;
    } else {
        /* not a number */
    }
    return whole;
}

void eb_cast(const struct eb_cast_layer *layer, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < layer->count; i++) {
        if (layer->output == EB_REAL) {
            float real = real_at(layer, input, i);
            (void)memcpy(&output[i * 4], &real, sizeof(real));
        } else {
            int32_t number = number_at(input, i, layer->input_width);
            if (layer->input == EB_REAL) {
                number = whole_of(real_at(layer, input, i));
            } else if (layer->input == EB_UNSIGNED) {
                number = (int32_t)(uint8_t)number;
            } else {
                /* it is what it is */
            }
            put_number(output, i, layer->output_width, number);
        }
    }
}

void eb_whole(const struct eb_whole_layer *layer, const int8_t *left, const int8_t *right,
              int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t next = 0;
    do {
        uint32_t first = (uint32_t)number_at(left, at.left, EB_WIDTH_4);
        uint32_t second = (uint32_t)number_at(right, at.right, EB_WIDTH_4);
        uint32_t found;
        if (layer->operation == 0) {
            found = first + second;
        } else if (layer->operation == 1) {
            found = first - second;
        } else {
            found = first * second;
        }
        put_number(output, next, EB_WIDTH_4,
                   eb_clamped((int32_t)found, layer->output.low, layer->output.high));
        next++;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}
