#include "eb_command.h"

#include "eb_text.h"

#define END '%'
#define FIRST_PRINTABLE 0x20U
#define LAST_PRINTABLE 0x7EU

void eb_command_begin(struct eb_command *command)
{
    command->length = 0U;
    command->has_overflowed = false;
    command->count = 0U;
}

static void split(struct eb_command *command)
{
    uint32_t index;
    bool is_inside = false;
    command->text[command->length] = '\0';
    for (index = 0U; index < command->length; index++) {
        if (command->text[index] == ' ') {
            command->text[index] = '\0';
            is_inside = false;
        } else {
            if (!is_inside && (command->count < EB_COMMAND_WORDS)) {
                command->words[command->count] = &command->text[index];
                command->count++;
            }
            is_inside = true;
        }
    }
}

enum eb_command_result eb_command_take(struct eb_command *command, uint8_t byte)
{
    enum eb_command_result result = EB_COMMAND_UNFINISHED;
    if (byte == (uint8_t)END) {
        if (command->has_overflowed) {
            result = EB_COMMAND_TOO_LONG;
        } else {
            split(command);
            result = EB_COMMAND_WHOLE;
        }
    } else if ((byte >= FIRST_PRINTABLE) && (byte <= LAST_PRINTABLE)) {
        if (command->length < (EB_COMMAND_BYTES - 1U)) {
            command->text[command->length] = (char)byte;
            command->length++;
        } else {
            command->has_overflowed = true;
        }
    } else {
        /* noise, or the end of a line */
    }
    return result;
}

uint32_t eb_command_number(const struct eb_command *command, uint32_t index, uint32_t otherwise,
                           bool *is_bad)
{
    uint32_t value = otherwise;
    if ((index < command->count) && !eb_text_to_unsigned(command->words[index], &value)) {
        *is_bad = true;
    }
    return value;
}
