/* Runs the network once on an input of zeros, and prints its output. */
#include <stdio.h>

#include "align.h"
#include "model.h"

ALIGNED_4 static int8_t input[MODEL_INPUT_BYTES];
ALIGNED_4 static int8_t output[MODEL_OUTPUT_BYTES];

int main(void)
{
    const MODEL_OUTPUT_TYPE *values = (const MODEL_OUTPUT_TYPE *)(const void *)output;
    model_invoke(input, output);
    for (unsigned index = 0U; index < (MODEL_OUTPUT_BYTES / sizeof(values[0])); index++) {
        printf("%d\n", values[index]);
    }
    return 0;
}
