/* What the two files of this port share. */
#ifndef PORT_MPS2_H
#define PORT_MPS2_H

#include <stdint.h>

/* Ticks of the timer, TICKS_PER_US a microsecond. */
uint64_t eb_mps2_ticks(void);

/* Find audio; take what has come in of it while nothing listens. Both do nothing in firmware that
 * does not stream. */
void eb_mps2_audio_begin(void);
void eb_mps2_audio_discard(void);

#endif
