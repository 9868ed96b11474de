#include "eb_load.h"

#include <stdbool.h>
#include <stdint.h>

#include "eb_stream.h"
#include "eb_text.h"
#include "eb_wire.h"

static uint32_t expected_bytes = EB_WIRE_BYTES;
static uint32_t loaded_bytes;

static void refuse_size(void)
{
    eb_text_put("e-[the model takes ");
    eb_text_unsigned(EB_WIRE_BYTES);
    eb_text_put(" bytes]" EB_TEXT_EOL);
}

/* Whether an input has so many bytes; a stream's block may have fewer than its most. */
static bool is_loadable(uint32_t size)
{
    bool is_block = false;
#if EB_STREAMING
    is_block = (size != 0U) && (size <= EB_STREAM_BLOCK_BYTES);
#endif
    return is_block || (size == EB_WIRE_BYTES);
}

/* What has the size of an input and of a block is both. */
static void put_loaded(uint32_t index, uint8_t byte)
{
#if EB_STREAMING
    if (index < EB_STREAM_BLOCK_BYTES) {
        eb_stream_put(index, byte);
    }
#endif
    if (expected_bytes == EB_WIRE_BYTES) {
        eb_wire_put(index, byte);
    }
}

static uint8_t loaded(uint32_t index)
{
#if EB_STREAMING
    return (expected_bytes == EB_WIRE_BYTES) ? eb_wire_get(index) : eb_stream_get(index);
#else
    return eb_wire_get(index);
#endif
}

static void db_load(const struct eb_command *command)
{
    uint32_t size = 0U;
    if ((command->count < 3U) || !eb_text_to_unsigned(command->words[2], &size)) {
        eb_text_refuse("db load takes a number of bytes");
    } else if (!is_loadable(size)) {
        refuse_size();
    } else {
        expected_bytes = size;
        loaded_bytes = 0U;
        eb_text_put("m-[Expecting ");
        eb_text_unsigned(size);
        eb_text_put(" bytes]" EB_TEXT_EOL);
    }
}

static void db_print(void)
{
    uint32_t index;
    for (index = 0U; index < expected_bytes; index++) {
        uint8_t byte = loaded(index);
        if ((index % 16U) == 0U) {
            eb_text_put("m-buffer-");
        }
        eb_text_hex(&byte, 1U);
        if (((index % 16U) == 15U) || (index == (expected_bytes - 1U))) {
            eb_text_put(EB_TEXT_EOL);
        }
    }
}

static void db_data(const char *digits)
{
    uint32_t index = 0U;
    while (digits[index] != '\0') {
        int32_t high = eb_text_hex_digit(digits[index]);
        int32_t low = eb_text_hex_digit(digits[index + 1U]);
        if ((high < 0) || (low < 0)) {
            eb_text_refuse("db takes pairs of hexadecimal digits");
            return;
        }
        if (loaded_bytes >= expected_bytes) {
            eb_text_refuse("more bytes than were expected");
            return;
        }
        put_loaded(loaded_bytes, (uint8_t)(((uint32_t)high << 4) | (uint32_t)low));
        loaded_bytes++;
        index += 2U;
        if (loaded_bytes == expected_bytes) {
            eb_text_put("m-load-done" EB_TEXT_EOL);
        }
    }
#if EB_STREAMING
    if (loaded_bytes != expected_bytes) {
        eb_text_unsigned(loaded_bytes);
        eb_text_put(" bytes received" EB_TEXT_EOL);
    }
#endif
}

#if EB_STREAMING
/* What MLPerf Tiny's streaming reference has besides. */
static bool db_of_streams(const struct eb_command *command)
{
    const char *what = command->words[1];
    bool is_bad = false;
    bool is_ours = true;
    if (eb_text_equal(what, "getptr")) {
        eb_text_count("m-buff-ptr-", loaded_bytes);
    } else if (eb_text_equal(what, "setptr")) {
        uint32_t place = eb_command_number(command, 2U, UINT32_MAX, &is_bad);
        if (is_bad || (place > expected_bytes)) {
            eb_text_refuse("db setptr takes a place among the expected bytes");
        } else {
            loaded_bytes = place;
        }
    } else if (eb_text_equal(what, "print_i16")) {
        uint32_t most = EB_STREAM_BLOCK_BYTES / 2U;
        uint32_t count = eb_command_number(command, 2U, most, &is_bad);
        eb_stream_print_block((is_bad || (count == 0U) || (count > most)) ? most : count);
    } else {
        is_ours = false;
    }
    return is_ours;
}
#endif

void eb_load_command(const struct eb_command *command)
{
    if (command->count < 2U) {
        eb_text_refuse("db takes load, print or hexadecimal digits");
    } else if (eb_text_equal(command->words[1], "load")) {
        db_load(command);
    } else if (eb_text_equal(command->words[1], "print")) {
        db_print();
#if EB_STREAMING
    } else if (db_of_streams(command)) {
        /* it is done */
#endif
    } else {
        db_data(command->words[1]);
    }
}
