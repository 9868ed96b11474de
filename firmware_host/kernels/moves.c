#include <string.h>

#include "kernels.h"
#include "walk.h"

void eb_move(const struct move_layer *layer, const int8_t *input, int8_t *output)
{
    struct place place = {{0, 0, 0, 0}, layer->input_start, layer->output_start};
    do {
        if (layer->run_bytes == 1) {
            output[place.right] = input[place.left];
        } else {
            (void)memcpy(&output[place.right], &input[place.left], (size_t)layer->run_bytes);
        }
    } while (walk_on(&layer->walk, &place, WALK_LOOPS) != 0);
}

void eb_fill(const struct fill_layer *layer, int8_t *output)
{
    (void)memset(output, layer->value, (size_t)layer->count);
}
