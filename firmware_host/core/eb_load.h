/* `db`, which loads an input as hexadecimal digits:
 *
 *   db load N%    N bytes follow
 *   db HEX%       some of them; m-load-done after the last one
 *   db print%     m-buffer-HEX, 16 bytes on a line
 */
#ifndef EB_LOAD_H
#define EB_LOAD_H

#include "eb_command.h"

/* Run a command that begins with "db". */
void eb_load_command(const struct eb_command *command);

#endif
