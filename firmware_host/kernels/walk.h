/* Loops over shapes of up to four dimensions, two operands each with steps of its own. */
#ifndef EDGEBENCH_WALK_H
#define EDGEBENCH_WALK_H

#include "kernels.h"

#define WALK_LOOPS 4

/* Where a walk is: how often each loop has run, and the offsets of the operands. */
struct place {
    int32_t done[WALK_LOOPS];
    int32_t left;
    int32_t right;
};

/* Go on by one in the outer `loops` loops; return 0 after the last. Begin with zeros. */
static inline int32_t walk_on(const struct walk *walk, struct place *place, int32_t loops)
{
    for (int32_t loop = loops - 1; loop >= 0; loop--) {
        place->done[loop]++;
        place->left += walk->left_steps[loop];
        place->right += walk->right_steps[loop];
        if (place->done[loop] < walk->counts[loop]) {
            return 1;
        }
        place->left -= walk->counts[loop] * walk->left_steps[loop];
        place->right -= walk->counts[loop] * walk->right_steps[loop];
        place->done[loop] = 0;
    }
    return 0;
}

#endif
