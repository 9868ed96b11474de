/* What a board gives the firmware: the only file that a new port has to implement.
 *
 * All calls come from one thread. Nothing here may allocate.
 */
#ifndef EB_PORT_H
#define EB_PORT_H

#include <stdbool.h>
#include <stdint.h>

/* The board's name, as `name%` answers it. */
extern const char eb_port_name[];

/* The baud rate after eb_port_init. */
#define EB_PORT_FIRST_BAUD 115200U

/* Set up clocks, the serial port at EB_PORT_FIRST_BAUD, the timer and the marker pin. */
void eb_port_init(void);

/* Return the next byte that has come in, or -1 if none waits. Bytes must not be lost while an
 * answer is being written: let an interrupt or DMA fill a buffer of 64 bytes or more. */
int32_t eb_port_read(void);

/* Send `count` bytes, 0 or more; return when they have been taken, not necessarily when they have
 * left. The memory is the caller's again then. */
void eb_port_write(const uint8_t *bytes, uint32_t count);

/* Return when all that was written has left. */
void eb_port_flush(void);

/* Microseconds of a clock that never stops; it may wrap at 2^32. */
uint32_t eb_port_time_us(void);

/* Whether the serial port can run at a rate. */
bool eb_port_can_baud(uint32_t baud);

/* Run the serial port at a rate that eb_port_can_baud has allowed, from the next byte on. */
void eb_port_set_baud(uint32_t baud);

/* Pulse the marker pin: low for 1 us or more, then high. An energy monitor records the falling
 * edge; a board without such a pin does nothing. */
void eb_port_mark(void);

/* For benchmarks on audio. A port without an audio input leaves these out: eb_port_defaults.c has
 * them, and says that there is none. */

/* Listen from now on, to 16 kHz of mono or of a stereo's left channel: on a board by I2S and DMA.
 * Return false where there is no audio input. */
bool eb_port_audio_start(void);

/* Listen no more, and forget what has come in. */
void eb_port_audio_stop(void);

/* Take `count` samples, 1 to 512, if that many have come in; return whether they had. What comes in
 * while they are processed must not be lost: twice 512 samples of memory will do. */
bool eb_port_audio_read(int16_t *samples, uint32_t count);

/* Set the pin WW_DETECTED, which is high at first; an interface board records its falling edge. */
void eb_port_set_detected(bool is_high);

/* Set the pin PROCESSING, which is low at first and high while a frame is computed. */
void eb_port_set_processing(bool is_high);

#endif
