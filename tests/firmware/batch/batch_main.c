/* Runs many networks on their inputs in one image and writes their outputs to the serial port. */
#include <stdint.h>

#include "batch.h"
#include "eb_device.h"
#include "eb_platform.h"
#include "eb_port.h"

EB_ALIGNED_4 static int8_t input[BATCH_INPUT_BYTES];
EB_ALIGNED_4 static int8_t output[BATCH_OUTPUT_BYTES];

void eb_device_run(void)
{
    eb_port_init();
    for (uint32_t index = 0U; index < batch_count; index++) {
        const struct batch_item *item = &batch_items[index];
        for (uint32_t number = 0U; number < item->inputs; number++) {
            const int8_t *from = &item->input[number * item->input_bytes];
            for (uint32_t place = 0U; place < item->input_bytes; place++) {
                input[place] = from[place];
            }
            item->invoke(input, output);
            eb_port_write((const uint8_t *)output, item->output_bytes);
        }
    }
    for (;;) {
    }
}
