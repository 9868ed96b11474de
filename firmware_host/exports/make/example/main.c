/* Runs the network once on an input of zeros, and prints its first output. */
#include <stdio.h>

#include "@name@.h"

@NAME@_ALIGNED static int8_t input[@NAME@_INPUT_BYTES];
@NAME@_ALIGNED static int8_t output[@NAME@_OUTPUT_BYTES];

int main(void)
{
    const @NAME@_OUTPUT_TYPE *values = (const @NAME@_OUTPUT_TYPE *)(const void *)output;
    @name@_invoke(input, output);
    for (unsigned index = 0U; index < @OUTPUT_VALUES@U; index++) {
        printf("%g\n", (double)values[index]);
    }
    return 0;
}
