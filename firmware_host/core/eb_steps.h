/* How long each step of the network takes, where it is built to be profiled. */
#ifndef EB_STEPS_H
#define EB_STEPS_H

#include <stdbool.h>
#include <stdint.h>

/* Run the network on the current input and tell what each step took in all:
 * m-eb-steps-[CALLS EMPTY TOTAL,TOTAL,...] in microseconds, where EMPTY is what CALLS empty steps
 * take. Return false, and do nothing, where the network is not built to be profiled.
 *
 * inferences: 1 or more. output: EB_MODEL_OUTPUT_BYTES, aligned to 4 bytes. */
bool eb_steps_run(uint32_t inferences, int8_t *output);

#endif
