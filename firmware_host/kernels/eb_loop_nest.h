/* Loops over shapes of up to four dimensions, two operands each with steps of its own. */
#ifndef EB_LOOP_NEST_H
#define EB_LOOP_NEST_H

#include <stdbool.h>

#include "eb_shapes.h"

/* Where a loop nest is: how often each loop has run, and the offsets of the operands. */
struct eb_loop_position {
    int32_t done[EB_LOOP_NEST_DEPTH];
    int32_t left;
    int32_t right;
};

/* Go on by one in the outer `depth` loops, the innermost of them first.
 *
 * depth: 0 to EB_LOOP_NEST_DEPTH. at: begins with zeros in `done`, and with the operands' first
 * offsets. Returns false after the last place; `at` is then where it began. */
static inline bool eb_loop_nest_next(const struct eb_loop_nest *loops, struct eb_loop_position *at,
                                     int32_t depth)
{
    for (int32_t loop = depth - 1; loop >= 0; loop--) {
        at->done[loop]++;
        at->left += loops->left_steps[loop];
        at->right += loops->right_steps[loop];
        if (at->done[loop] < loops->counts[loop]) {
            return true;
        }
        at->left -= loops->counts[loop] * loops->left_steps[loop];
        at->right -= loops->counts[loop] * loops->right_steps[loop];
        at->done[loop] = 0;
    }
    return false;
}

#endif
