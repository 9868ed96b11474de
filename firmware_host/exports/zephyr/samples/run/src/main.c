/* Runs the network once a second on an input of zeros, and prints how many cycles it took. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "align.h"
#include "model.h"

ALIGNED_4 static int8_t input[MODEL_INPUT_BYTES];
ALIGNED_4 static int8_t output[MODEL_OUTPUT_BYTES];

int main(void)
{
    for (;;) {
        uint32_t began = k_cycle_get_32();
        model_invoke(input, output);
        printk("%s: %u cycles, first output %d\n", MODEL_NAME, k_cycle_get_32() - began,
               ((const MODEL_OUTPUT_TYPE *)(const void *)output)[0]);
        k_sleep(K_SECONDS(1));
    }
    return 0;
}
