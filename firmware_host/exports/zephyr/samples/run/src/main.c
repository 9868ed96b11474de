/* Runs the network once a second on an input of zeros, and prints how many cycles it took. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "@name@.h"

@NAME@_ALIGNED static int8_t input[@NAME@_INPUT_BYTES];
@NAME@_ALIGNED static int8_t output[@NAME@_OUTPUT_BYTES];

int main(void)
{
    for (;;) {
        uint32_t began = k_cycle_get_32();
        @name@_invoke(input, output);
        printk("%s: %u cycles, first output %d\n", @NAME@_NAME, k_cycle_get_32() - began,
               (int)((const @NAME@_OUTPUT_TYPE *)(const void *)output)[0]);
        k_sleep(K_SECONDS(1));
    }
    return 0;
}
