#include "device.h"

#include "align.h"
#include "command.h"
#include "extensions.h"
#include "model.h"
#include "port.h"
#include "samples.h"
#include "text.h"

#define DEFAULT_INFERENCES 1U
#define DEFAULT_WARMUPS 10U
/* A fuzzer has less patience. */
#ifndef MOST_INFERENCES
#define MOST_INFERENCES 1000000000U
#endif

static struct command command;
ALIGNED_4 static int8_t output[MODEL_OUTPUT_BYTES];
static uint32_t expected_bytes = MODEL_INPUT_BYTES;
static uint32_t loaded_bytes;

static void ready(void)
{
    text_put("m-ready" TEXT_EOL);
}

static void refuse(const char *why)
{
    text_put("e-[");
    text_put(why);
    text_put("]" TEXT_EOL);
}

static void say_count(const char *what, uint32_t count)
{
    text_put(what);
    text_unsigned(count);
    text_put(TEXT_EOL);
}

/* Return word number `index` as a number; a default where there is none, `bad` set where the
 * word is no number. */
static uint32_t number_at(uint32_t index, uint32_t otherwise, int32_t *bad)
{
    uint32_t value = otherwise;
    if ((index < command.count) && (text_to_unsigned(command.words[index], &value) == 0)) {
        *bad = 1;
    }
    return value;
}

static void cmd_name(void)
{
    text_put("m-name-dut-[");
    text_put(port_name);
    text_put("]" TEXT_EOL);
}

static void cmd_timestamp(void)
{
    port_mark();
    say_count("m-lap-us-", port_time_us());
}

static void cmd_profile(void)
{
    text_put("m-profile-[edgebench firmware 1]" TEXT_EOL "m-model-[" MODEL_NAME "]" TEXT_EOL);
    extensions_announce();
}

static void cmd_help(void)
{
    text_put("name%, profile%, timestamp%, help%" TEXT_EOL
             "db load N%, db HEX%, db print%: load the input" TEXT_EOL
             "infer N W%: W warm-ups, then N inferences between two timestamps" TEXT_EOL
             "results%: the last outputs" TEXT_EOL);
    extensions_help();
}

static void cmd_results(void)
{
    const MODEL_OUTPUT_TYPE *values = (const MODEL_OUTPUT_TYPE *)(const void *)output;
    uint32_t index;
    text_put("m-results-[");
    for (index = 0U; index < (MODEL_OUTPUT_BYTES / sizeof(values[0])); index++) {
        int32_t steps = (int32_t)values[index] - MODEL_OUTPUT_ZERO_POINT;
        if (index != 0U) {
            text_put(",");
        }
        text_real((float)steps * MODEL_OUTPUT_SCALE);
    }
    text_put("]" TEXT_EOL);
}

static void cmd_infer(void)
{
    int32_t bad = 0;
    uint32_t inferences = number_at(1U, DEFAULT_INFERENCES, &bad);
    uint32_t warmups = number_at(2U, DEFAULT_WARMUPS, &bad);
    uint32_t index;
    uint32_t started_us;
    uint32_t ended_us;
    if ((bad != 0) || (inferences == 0U) || (inferences > MOST_INFERENCES) ||
        (warmups > MOST_INFERENCES)) {
        refuse("infer takes the number of inferences and of warm-ups");
        return;
    }
    say_count("m-warmup-start-", warmups);
    for (index = 0U; index < warmups; index++) {
        model_invoke(samples_input(), output);
    }
    text_put("m-warmup-done" TEXT_EOL);
    say_count("m-infer-start-", inferences);
    /* Nothing is written between the timestamps: it would be timed as well. */
    port_flush();
    port_mark();
    started_us = port_time_us();
    for (index = 0U; index < inferences; index++) {
        model_invoke(samples_input(), output);
    }
    ended_us = port_time_us();
    port_mark();
    say_count("m-lap-us-", started_us);
    say_count("m-lap-us-", ended_us);
    text_put("m-infer-done" TEXT_EOL);
    cmd_results();
}

static void db_load(void)
{
    uint32_t size = 0U;
    if ((command.count < 3U) || (text_to_unsigned(command.words[2], &size) == 0)) {
        refuse("db load takes a number of bytes");
    } else if (size != MODEL_INPUT_BYTES) {
        refuse("the model takes " MODEL_INPUT_TEXT " bytes");
    } else {
        expected_bytes = size;
        loaded_bytes = 0U;
        text_put("m-[Expecting ");
        text_unsigned(size);
        text_put(" bytes]" TEXT_EOL);
    }
}

static void db_print(void)
{
    uint32_t index;
    for (index = 0U; index < expected_bytes; index += 16U) {
        uint32_t count = expected_bytes - index;
        text_put("m-buffer-");
        text_hex((const uint8_t *)&samples_input()[index], (count < 16U) ? count : 16U);
        text_put(TEXT_EOL);
    }
}

static void db_data(const char *digits)
{
    int8_t *input = samples_writable();
    uint32_t index = 0U;
    while (digits[index] != '\0') {
        int32_t high = text_hex_digit(digits[index]);
        int32_t low = text_hex_digit(digits[index + 1U]);
        if ((high < 0) || (low < 0)) {
            refuse("db takes pairs of hexadecimal digits");
            return;
        }
        if (loaded_bytes >= expected_bytes) {
            refuse("more bytes than were expected");
            return;
        }
        input[loaded_bytes] = (int8_t)(uint8_t)(((uint32_t)high << 4) | (uint32_t)low);
        loaded_bytes++;
        index += 2U;
        if (loaded_bytes == expected_bytes) {
            text_put("m-load-done" TEXT_EOL);
        }
    }
}

static void cmd_db(void)
{
    if (command.count < 2U) {
        refuse("db takes load, print or hexadecimal digits");
    } else if (text_equal(command.words[1], "load") != 0) {
        db_load();
    } else if (text_equal(command.words[1], "print") != 0) {
        db_print();
    } else {
        db_data(command.words[1]);
    }
}

struct entry {
    const char *word;
    void (*run)(void);
};

static const struct entry entries[] = {
    {"name", cmd_name},   {"profile", cmd_profile}, {"timestamp", cmd_timestamp},
    {"db", cmd_db},       {"infer", cmd_infer},     {"results", cmd_results},
    {"help", cmd_help},
};

static void run(void)
{
    uint32_t index;
    if ((command.count > 0U) && (extensions_command(&command, output) != 0)) {
        return; /* which says m-ready itself, when it is */
    }
    for (index = 0U; index < (sizeof(entries) / sizeof(entries[0])); index++) {
        if ((command.count > 0U) && (text_equal(command.words[0], entries[index].word) != 0)) {
            extensions_heard();
            entries[index].run();
            break;
        }
    }
    if (index == (sizeof(entries) / sizeof(entries[0]))) {
        text_put("e-[Unknown command: ");
        text_put((command.count > 0U) ? command.words[0] : "");
        text_put("]" TEXT_EOL);
    }
    ready();
}

void device_begin(void)
{
    command_begin(&command);
    text_put("m-init-done" TEXT_EOL);
    ready();
}

void device_take(uint8_t byte)
{
    if (extensions_take(byte) == 0) {
        enum command_result result = command_take(&command, byte);
        if (result == COMMAND_WHOLE) {
            run();
            command_begin(&command);
        } else if (result == COMMAND_TOO_LONG) {
            refuse("the command is too long");
            ready();
            command_begin(&command);
        } else {
            /* it goes on */
        }
    }
    port_flush();
}

void device_idle(void)
{
    extensions_idle();
}

void device_run(void)
{
    port_init();
    device_begin();
    port_flush();
    for (;;) {
        int32_t byte = port_read();
        if (byte >= 0) {
            device_take((uint8_t)byte);
        }
        device_idle();
    }
}
