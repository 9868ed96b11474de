/* From received bytes to commands: words that end with '%'. Nothing is read or written here. */
#ifndef EB_COMMAND_H
#define EB_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/* MLPerf Tiny's reference firmware has 80: "db ", 76 digits, '%'; its streaming one 1028, for 1024
 * digits. A board with memory to spare announces more. */
#ifndef EB_COMMAND_BYTES
#if defined(EB_STREAMING) && EB_STREAMING
#define EB_COMMAND_BYTES 1028U
#else
#define EB_COMMAND_BYTES 80U
#endif
#endif
#define EB_COMMAND_WORDS 6U

struct eb_command {
    char text[EB_COMMAND_BYTES];
    uint32_t length;
    bool has_overflowed;
    const char *words[EB_COMMAND_WORDS]; /* into text */
    uint32_t count;                      /* 0 to EB_COMMAND_WORDS; words beyond are left out */
};

enum eb_command_result { EB_COMMAND_UNFINISHED, EB_COMMAND_WHOLE, EB_COMMAND_TOO_LONG };

/* Begin with an empty command. */
void eb_command_begin(struct eb_command *command);

/* Take a byte of any value. CR, LF, NUL and what is no ASCII text are skipped, so that noise on the
 * line at boot and a terminal's habits do no harm. After a whole or too long command, begin again.
 */
enum eb_command_result eb_command_take(struct eb_command *command, uint8_t byte);

/* Return word number `index` of a whole command as a number; `otherwise` where there is no such
 * word, and *is_bad set where it is no number. */
uint32_t eb_command_number(const struct eb_command *command, uint32_t index, uint32_t otherwise,
                           bool *is_bad);

#endif
