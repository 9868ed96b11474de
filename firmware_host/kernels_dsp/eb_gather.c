#include "eb_gather.h"

#include <string.h>

struct eb_view eb_view_of(const struct eb_geometry *shape, int32_t pixel)
{
    const struct eb_window *window = &shape->window;
    struct eb_view view;
    int32_t row = pixel / shape->output.width;
    view.top = (row * window->stride_height) - window->pad_top;
    view.left = ((pixel - (row * shape->output.width)) * window->stride_width) - window->pad_left;
    view.is_whole = (view.left >= 0) && ((view.left + window->width) <= shape->input.width) &&
                    (window->dilation_width == 1);
    return view;
}

void eb_gather_bytes(const struct eb_geometry *shape, const int8_t *input, int32_t pixel,
                     int8_t *column)
{
    const struct eb_window *window = &shape->window;
    int32_t channels = shape->input.channels;
    struct eb_view view = eb_view_of(shape, pixel);
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y = view.top + (y * window->dilation_height);
        const int8_t *from = &input[((in_y * shape->input.width) + view.left) * channels];
        if ((in_y < 0) || (in_y >= shape->input.height)) {
            (void)memset(column, shape->input_zero_point, (size_t)(window->width * channels));
            column += window->width * channels;
        } else if (view.is_whole) {
            (void)memcpy(column, from, (size_t)(window->width * channels));
            column += window->width * channels;
        } else {
            for (int32_t x = 0; x < window->width; x++) {
                int32_t in_x = view.left + (x * window->dilation_width);
                if ((in_x >= 0) && (in_x < shape->input.width)) {
                    (void)memcpy(column, &from[x * window->dilation_width * channels],
                                 (size_t)(channels));
                } else {
                    (void)memset(column, shape->input_zero_point, (size_t)(channels));
                }
                column += channels;
            }
        }
    }
}

void eb_find_taps(const struct eb_geometry *shape, const int8_t *input, int32_t row, int32_t column,
                  const int8_t *outside, const int8_t **taps)
{
    const struct eb_window *window = &shape->window;
    for (int32_t y = 0; y < window->height; y++) {
        int32_t in_y =
            (row * window->stride_height) - window->pad_top + (y * window->dilation_height);
        for (int32_t x = 0; x < window->width; x++) {
            int32_t in_x =
                (column * window->stride_width) - window->pad_left + (x * window->dilation_width);
            bool is_inside = (in_y >= 0) && (in_y < shape->input.height) && (in_x >= 0) &&
                             (in_x < shape->input.width);
            *taps = is_inside ? &input[((in_y * shape->input.width) + in_x) * shape->input.channels]
                              : outside;
            taps++;
        }
    }
}
