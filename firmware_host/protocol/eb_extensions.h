/* edgebench's extensions to the protocol, each one an "eb" command:
 *
 *   eb load SLOT N%    binary frames with N bytes for a slot follow; see eb_frame.h. Frame 65535,
 *                      without data, asks what is missing: m-eb-load-[ok] or the numbers.
 *   eb run FIRST COUNT%  run slots one after the other between two timestamps, then
 *                      m-eb-output-[HEX INPUTCRC CRC] for each
 *   eb output%         the same of the last inference and the current input
 *   eb sum%            m-eb-sum-[CRC] of the current input
 *   eb reset%          what the network keeps between inferences is as before the first one; only
 *                      where profile% says state=BYTES
 *   eb baud N%         m-eb-baud-[N], then the line runs at N; back after 2 s without a command
 */
#ifndef EB_EXTENSIONS_H
#define EB_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_command.h"

/* A binary load is given up when nothing has come for so long. */
#define EB_SILENCE_US 1000000U
/* A new rate is given up when no command has come for so long. */
#define EB_BAUD_TRIAL_US 2000000U

/* Write the line of `profile%` that announces the extensions, and that of `help%`. */
void eb_extensions_announce(void);
void eb_extensions_help(void);

/* A command has been understood: that proves a rate that is on trial. */
void eb_extensions_heard(void);

/* Run a command if it is one of these, and say m-ready when it is done; return whether it was.
 *
 * command: whole, of one word or more. output: the last inference's, EB_MODEL_OUTPUT_BYTES, aligned
 * to 4 bytes; a command that infers writes it. */
bool eb_extensions_command(const struct eb_command *command, int8_t *output);

/* Take a byte of a binary load; return whether one is going on. */
bool eb_extensions_take(uint8_t byte);

/* Call between bytes: gives up on what the host has left unfinished. */
void eb_extensions_idle(void);

#endif
