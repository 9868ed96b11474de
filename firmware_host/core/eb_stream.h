/* MLPerf Tiny's streaming wake word: commands and states besides those of the other benchmarks.
 *
 *   start%, stop%           detect in the audio that comes in; stop% answers with the activations
 *   state%, log%            what goes on; which frames were detections
 *   i2scap N%               record N samples and write them
 *   extract%                features of the block that `db load` has brought
 *   extract_uart_stream%    the same, and the model's answer: a stream without audio
 *   run_model%              the model on its current input
 *   proc_hi%, proc_lo%      set the pin PROCESSING
 *
 * Built with -DEB_STREAMING=1; the model takes frames of EB_FEATURE_BANDS features, the oldest
 * first, and gives int8 scores.
 */
#ifndef EB_STREAM_H
#define EB_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "eb_command.h"

#ifndef EB_STREAMING
#define EB_STREAMING 0
#endif

/* A block of samples that `db load` can bring: a hop's, 16 bits each, little-endian. */
#define EB_STREAM_BLOCK_BYTES 1024U

/* Run a command if it is one of these; return whether it was. The caller says m-ready.
 *
 * output: the last inference's, EB_MODEL_OUTPUT_BYTES, aligned to 4 bytes. */
bool eb_stream_command(const struct eb_command *command, int8_t *output);

/* Write the line of `help%`. */
void eb_stream_help(void);

/* Byte number `index` < EB_STREAM_BLOCK_BYTES of the block. */
void eb_stream_put(uint32_t index, uint8_t byte);
uint8_t eb_stream_get(uint32_t index);

/* Write the first `count` <= EB_STREAM_BLOCK_BYTES / 2 samples of the block as numbers. */
void eb_stream_print_block(uint32_t count);

/* Call between bytes: takes audio that has come in. */
void eb_stream_idle(int8_t *output);

#endif
