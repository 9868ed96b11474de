/* Loops over shapes of up to four dimensions, two operands each with steps of its own. */
#ifndef EB_LOOP_NEST_H
#define EB_LOOP_NEST_H

#include "eb_kernels.h"

#define EB_LOOP_NEST_DEPTH 4

/* Where a loop nest is: how often each loop has run, and the offsets of the operands. */
struct eb_loop_position {
    int32_t done[EB_LOOP_NEST_DEPTH];
    int32_t left;
    int32_t right;
};

/* Go on by one in the outer `depth` loops; return 0 after the last. Begin with zeros. */
static inline int32_t eb_loop_nest_next(const struct eb_loop_nest *loops, struct eb_loop_position *at, int32_t depth)
{
    for (int32_t loop = depth - 1; loop >= 0; loop--) {
        at->done[loop]++;
        at->left += loops->left_steps[loop];
        at->right += loops->right_steps[loop];
        if (at->done[loop] < loops->counts[loop]) {
            return 1;
        }
        at->left -= loops->counts[loop] * loops->left_steps[loop];
        at->right -= loops->counts[loop] * loops->right_steps[loop];
        at->done[loop] = 0;
    }
    return 0;
}

#endif
