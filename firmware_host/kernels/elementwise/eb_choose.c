/* Comparisons, and a choice between two operands by a condition: true is 1, false is 0. */
#include <string.h>

#include "eb_any_width.h"
#include "eb_fixed_point.h"
#include "eb_loop_nest.h"

/* Bits by which int8_t are raised before they are scaled. */
#define RAISED 8

static int32_t compared(const struct eb_compare_layer *layer, int32_t which, const int8_t *values,
                        int32_t index)
{
    int32_t number;
    if (layer->width == EB_WIDTH_4) {
        (void)memcpy(&number, &values[index * 4], sizeof(number));
    } else {
        number = values[index];
    }
    if (layer->is_scaled) {
        number = (number - layer->zero_points[which]) * (1 << RAISED);
        number = eb_scaled(number, layer->multipliers[which], layer->shifts[which]);
    }
    return number;
}

void eb_compare(const struct eb_compare_layer *layer, const int8_t *left, const int8_t *right,
                int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int8_t *next = output;
    do {
        int32_t first = compared(layer, 0, left, at.left);
        int32_t second = compared(layer, 1, right, at.right);
        bool is_so = layer->when_equal;
        if (first < second) {
            is_so = layer->when_less;
        }
        if (first > second) {
            is_so = layer->when_greater;
        }
        *next = is_so ? 1 : 0;
        next++;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}

void eb_select(const struct eb_select_layer *layer, const int8_t *condition, const int8_t *left,
               const int8_t *right, int8_t *output)
{
    struct eb_loop_position at = {{0, 0, 0, 0}, 0, 0};
    int32_t width = (int32_t)layer->width;
    int8_t *next = output;
    do {
        int32_t place = 0;
        for (int32_t loop = 0; loop < EB_LOOP_NEST_DEPTH; loop++) {
            place += at.done[loop] * layer->condition_steps[loop];
        }
        if (condition[place] != 0) {
            (void)memcpy(next, &left[at.left * width], (size_t)width);
        } else {
            (void)memcpy(next, &right[at.right * width], (size_t)width);
        }
        next += width;
    } while (eb_loop_nest_next(&layer->loops, &at, EB_LOOP_NEST_DEPTH));
}
