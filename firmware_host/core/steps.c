#include "steps.h"

#include <string.h>

#include "model.h"
#include "port.h"
#include "samples.h"
#include "text.h"

#if MODEL_STEPS

#define EMPTY_STEPS 4096U

static uint32_t spent_us[MODEL_STEPS];
static uint32_t last_us;

void model_step(uint32_t step)
{
    uint32_t now_us = port_time_us();
    spent_us[step] += now_us - last_us;
    last_us = now_us;
}

static void begin(void)
{
    (void)memset(spent_us, 0, sizeof(spent_us));
    last_us = port_time_us();
}

int32_t steps_run(uint32_t inferences, int8_t *output)
{
    uint32_t index;
    begin();
    for (index = 0U; index < EMPTY_STEPS; index++) {
        model_step(0U);
    }
    text_put("m-eb-steps-[");
    text_unsigned(EMPTY_STEPS);
    text_put(" ");
    text_unsigned(spent_us[0]);
    begin();
    for (index = 0U; index < inferences; index++) {
        last_us = port_time_us();
        model_invoke(samples_input(), output);
    }
    for (index = 0U; index < MODEL_STEPS; index++) {
        text_put((index == 0U) ? " " : ",");
        text_unsigned(spent_us[index]);
    }
    text_put("]" TEXT_EOL);
    return 1;
}

#else

int32_t steps_run(uint32_t inferences, int8_t *output)
{
    (void)inferences;
    (void)output;
    return 0;
}

#endif
