/* The device's side of the MLPerf Tiny protocol, and edgebench's own extensions to it.
 *
 * The extensions ("eb ..." commands) are announced in the answer to `profile%` and are left out
 * with -DEDGEBENCH_EXTENSIONS=0, which gives a device like MLPerf Tiny's reference.
 */
#ifndef EDGEBENCH_DEVICE_H
#define EDGEBENCH_DEVICE_H

#include <stdint.h>

#ifndef EDGEBENCH_EXTENSIONS
#define EDGEBENCH_EXTENSIONS 1
#endif

/* Announce that the device has booted. */
void device_begin(void);

/* Take a byte that has come in; answer if it ends something. */
void device_take(uint8_t byte);

/* Call between bytes: gives up on what the host has left unfinished. */
void device_idle(void);

/* All of the above, on the board's port, for ever: what main() calls. */
void device_run(void);

#endif
