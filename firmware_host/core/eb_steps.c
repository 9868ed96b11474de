#include "eb_steps.h"

#include <string.h>

#include "eb_model.h"
#include "eb_port.h"
#include "eb_samples.h"
#include "eb_text.h"

#ifdef EB_MODEL_STEPS

#define EMPTY_STEPS 4096U

static uint32_t spent_us[EB_MODEL_STEPS];
static uint32_t last_us;

void eb_model_step(uint32_t step)
{
    uint32_t now_us = eb_port_time_us();
    spent_us[step] += now_us - last_us;
    last_us = now_us;
}

static void begin(void)
{
    (void)memset(spent_us, 0, sizeof(spent_us));
    last_us = eb_port_time_us();
}

bool eb_steps_run(uint32_t inferences, int8_t *output)
{
    uint32_t index;
    begin();
    for (index = 0U; index < EMPTY_STEPS; index++) {
        eb_model_step(0U);
    }
    eb_text_put("m-eb-steps-[");
    eb_text_unsigned(EMPTY_STEPS);
    eb_text_put(" ");
    eb_text_unsigned(spent_us[0]);
    begin();
    for (index = 0U; index < inferences; index++) {
        last_us = eb_port_time_us();
        eb_model_invoke(eb_samples_input(), output);
    }
    for (index = 0U; index < EB_MODEL_STEPS; index++) {
        eb_text_put((index == 0U) ? " " : ",");
        eb_text_unsigned(spent_us[index]);
    }
    eb_text_put("]" EB_TEXT_EOL);
    return true;
}

#else

bool eb_steps_run(uint32_t inferences, int8_t *output)
{
    (void)inferences;
    (void)output;
    return false;
}

#endif
