/* How long each step of the network takes, where it is built to be profiled. */
#ifndef EB_STEPS_H
#define EB_STEPS_H

#include <stdint.h>

/* Run the network on the current input and tell what each step took in all:
 * m-eb-steps-[CALLS EMPTY TOTAL,TOTAL,...] in microseconds, where EMPTY is what CALLS empty steps
 * take. Return 0 where EB_MODEL_STEPS is 0. */
int32_t eb_steps_run(uint32_t inferences, int8_t *output);

#endif
