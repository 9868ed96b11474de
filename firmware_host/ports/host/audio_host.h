/* Audio and the two pins of a device that is a program: a socket to an emulated interface board, or
 * a file of samples. */
#ifndef AUDIO_HOST_H
#define AUDIO_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* How long the port may wait for anything else. */
#define AUDIO_IS_READY 0
#define AUDIO_SOON_MS 1

/* Take samples from a path: 16 bits, little-endian, mono, 16 kHz.
 *
 * A Unix socket is connected to; samples come at any speed, and lines go back: "pin NAME LEVEL
 * SAMPLES US" for each edge, US of the program's own work after the SAMPLES-th sample since the
 * connection, and "heard SAMPLES" when all of it is done. A file is played from its beginning at
 * each start, as fast as it is processed or in real time; its pins go to `control`, if that is a
 * descriptor.
 *
 * Ends the program if the path can't be opened. */
void eb_audio_open(const char *path, bool in_real_time, int control);

/* The descriptor that audio may come in by while the port waits; -1 if there is none. */
int eb_audio_descriptor(void);

/* How long the port may wait for bytes at most, before audio is due. */
int eb_audio_patience_ms(int otherwise_ms);

/* Take what has come in while nothing listens. */
void eb_audio_discard(void);

/* Microseconds of the machine's clock. */
uint64_t eb_machine_us(void);

#endif
