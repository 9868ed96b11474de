/* The device's side of the MLPerf Tiny protocol, and edgebench's own extensions to it.
 *
 * The extensions ("eb ..." commands) are announced in the answer to `profile%` and are left out
 * with -DEB_EXTENSIONS=0, which gives a device like MLPerf Tiny's reference.
 */
#ifndef EB_DEVICE_H
#define EB_DEVICE_H

#include <stdint.h>

#ifndef EB_EXTENSIONS
#define EB_EXTENSIONS 1
#endif

/* Announce that the device has booted. */
void eb_device_begin(void);

/* Take a byte that has come in; answer if it ends something. */
void eb_device_take(uint8_t byte);

/* Call between bytes: gives up on what the host has left unfinished. */
void eb_device_idle(void);

/* All of the above, on the board's port, for ever: what main() calls. */
void eb_device_run(void);

#endif
