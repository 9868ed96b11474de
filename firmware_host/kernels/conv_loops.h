/* CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, for one type of activation: a file that includes
 * this one says ACTIVATION, SUM, NAMED(struct) and FUNCTION(name), and has finished() before it.
 */
void FUNCTION(conv_2d)(const struct NAMED(conv) *layer, const ACTIVATION *input, ACTIVATION *output)
{
    const struct window *window = &layer->window;
    int32_t per_group = (layer->output.channels * layer->depth) / layer->input.channels;
    int32_t zero = layer->weighted.input_zero_point;
    ACTIVATION *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            const int8_t *weights = layer->weighted.weights;
            for (int32_t channel = 0; channel < layer->output.channels; channel++) {
                SUM sum = 0;
                for (int32_t y = 0; y < window->height; y++) {
                    int32_t in_y = (row * window->stride_height) - window->pad_top +
                                   (y * window->dilation_height);
                    for (int32_t x = 0; x < window->width; x++) {
                        int32_t in_x = (column * window->stride_width) - window->pad_left +
                                       (x * window->dilation_width);
                        if ((in_y >= 0) && (in_y < layer->input.height) && (in_x >= 0) &&
                            (in_x < layer->input.width)) {
                            int32_t pixel = (in_y * layer->input.width) + in_x;
                            const ACTIVATION *from =
                                &input[(pixel * layer->input.channels) +
                                       ((channel / per_group) * layer->depth)];
                            for (int32_t i = 0; i < layer->depth; i++) {
                                sum += (SUM)weights[i] * ((int32_t)from[i] - zero);
                            }
                        }
                        weights += layer->depth;
                    }
                }
                *next = finished(&layer->weighted, channel, sum);
                next++;
            }
        }
    }
}

void FUNCTION(depthwise_conv_2d)(const struct NAMED(conv) *layer, const ACTIVATION *input, ACTIVATION *output)
{
    const struct window *window = &layer->window;
    int32_t channels = layer->output.channels;
    int32_t times = channels / layer->input.channels;
    int32_t zero = layer->weighted.input_zero_point;
    ACTIVATION *next = output;
    for (int32_t row = 0; row < layer->output.height; row++) {
        for (int32_t column = 0; column < layer->output.width; column++) {
            for (int32_t channel = 0; channel < channels; channel++) {
                SUM sum = 0;
                for (int32_t y = 0; y < window->height; y++) {
                    int32_t in_y = (row * window->stride_height) - window->pad_top +
                                   (y * window->dilation_height);
                    for (int32_t x = 0; x < window->width; x++) {
                        int32_t in_x = (column * window->stride_width) - window->pad_left +
                                       (x * window->dilation_width);
                        if ((in_y >= 0) && (in_y < layer->input.height) && (in_x >= 0) &&
                            (in_x < layer->input.width)) {
                            int32_t pixel = (in_y * layer->input.width) + in_x;
                            int32_t from = (pixel * layer->input.channels) + (channel / times);
                            int32_t tap = (y * window->width) + x;
                            sum += (SUM)layer->weighted.weights[(tap * channels) + channel] *
                                   ((int32_t)input[from] - zero);
                        }
                    }
                }
                *next = finished(&layer->weighted, channel, sum);
                next++;
            }
        }
    }
}

void FUNCTION(fully_connected)(const struct NAMED(dense) *layer, const ACTIVATION *input, ACTIVATION *output)
{
    int32_t zero = layer->weighted.input_zero_point;
    for (int32_t row = 0; row < layer->rows; row++) {
        const ACTIVATION *values = &input[row * layer->inputs];
        const int8_t *weights = layer->weighted.weights;
        for (int32_t channel = 0; channel < layer->outputs; channel++) {
            SUM sum = 0;
            for (int32_t i = 0; i < layer->inputs; i++) {
                sum += (SUM)weights[i] * ((int32_t)values[i] - zero);
            }
            output[(row * layer->outputs) + channel] = finished(&layer->weighted, channel, sum);
            weights += layer->inputs;
        }
    }
}
