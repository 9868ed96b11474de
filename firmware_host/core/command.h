/* From received bytes to commands: words that end with '%'. Nothing is read or written here. */
#ifndef EDGEBENCH_COMMAND_H
#define EDGEBENCH_COMMAND_H

#include <stdint.h>

/* MLPerf Tiny's reference firmware has 80: "db ", 76 digits, '%'. A board with memory to spare
 * announces more. */
#ifndef COMMAND_BYTES
#define COMMAND_BYTES 80U
#endif
#define COMMAND_WORDS 6U

struct command {
    char text[COMMAND_BYTES];
    uint32_t length;
    uint8_t overflowed;
    const char *words[COMMAND_WORDS];
    uint32_t count;
};

enum command_result { COMMAND_UNFINISHED, COMMAND_WHOLE, COMMAND_TOO_LONG };

void command_begin(struct command *command);

/* Take a byte. CR, LF, NUL and what is no ASCII text are skipped, so that noise on the line at
 * boot and a terminal's habits do no harm. */
enum command_result command_take(struct command *command, uint8_t byte);

#endif
