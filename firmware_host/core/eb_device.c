#include "eb_device.h"

#include "eb_command.h"
#include "eb_extensions.h"
#include "eb_model.h"
#include "eb_platform.h"
#include "eb_port.h"
#include "eb_samples.h"
#include "eb_text.h"
#include "eb_wire.h"

#define DEFAULT_INFERENCES 1U
#define DEFAULT_WARMUPS 10U
/* A fuzzer has less patience. */
#ifndef EB_MOST_INFERENCES
#define EB_MOST_INFERENCES 1000000000U
#endif

static struct eb_command command;
EB_ALIGNED_4 static int8_t output[EB_MODEL_OUTPUT_BYTES];
static uint32_t expected_bytes = EB_WIRE_BYTES;
static uint32_t loaded_bytes;

static void ready(void)
{
    eb_text_put("m-ready" EB_TEXT_EOL);
}

static void refuse(const char *why)
{
    eb_text_put("e-[");
    eb_text_put(why);
    eb_text_put("]" EB_TEXT_EOL);
}

static void refuse_size(void)
{
    eb_text_put("e-[the model takes ");
    eb_text_unsigned(EB_WIRE_BYTES);
    eb_text_put(" bytes]" EB_TEXT_EOL);
}

static void say_count(const char *what, uint32_t count)
{
    eb_text_put(what);
    eb_text_unsigned(count);
    eb_text_put(EB_TEXT_EOL);
}

/* Return word number `index` as a number; a default where there is none, `is_bad` set where the
 * word is no number. */
static uint32_t number_at(uint32_t index, uint32_t otherwise, bool *is_bad)
{
    uint32_t value = otherwise;
    if ((index < command.count) && !eb_text_to_unsigned(command.words[index], &value)) {
        *is_bad = true;
    }
    return value;
}

static void cmd_name(void)
{
    eb_text_put("m-name-dut-[");
    eb_text_put(eb_port_name);
    eb_text_put("]" EB_TEXT_EOL);
}

static void cmd_timestamp(void)
{
    eb_port_mark();
    say_count("m-lap-us-", eb_port_time_us());
}

static void cmd_profile(void)
{
    eb_text_put("m-profile-[edgebench firmware 1]" EB_TEXT_EOL "m-model-[" EB_BENCHMARK
                "]" EB_TEXT_EOL);
    eb_extensions_announce();
}

static void cmd_help(void)
{
    eb_text_put("name%, profile%, timestamp%, help%" EB_TEXT_EOL
                "db load N%, db HEX%, db print%: load the input" EB_TEXT_EOL
                "infer N W%: W warm-ups, then N inferences between two timestamps" EB_TEXT_EOL
                "results%: the last outputs" EB_TEXT_EOL);
    eb_extensions_help();
}

#define OUTPUT_VALUES (EB_MODEL_OUTPUT_BYTES / sizeof(EB_MODEL_OUTPUT_TYPE))

static float real_output(uint32_t index)
{
    const EB_MODEL_OUTPUT_TYPE *values = (const EB_MODEL_OUTPUT_TYPE *)(const void *)output;
    /* Exact for integers of up to 16 bits, and of a float what it is. */
    return ((float)values[index] - (float)EB_MODEL_OUTPUT_ZERO_POINT) * EB_MODEL_OUTPUT_SCALE;
}

static void cmd_results(void)
{
    uint32_t index;
    eb_text_put("m-results-[");
#if EB_INPUT_WIRE == EB_WIRE_REAL
    {
        /* One score: how far an autoencoder is from its input. */
        float sum = 0.0F;
        for (index = 0U; index < OUTPUT_VALUES; index++) {
            float off = real_output(index) - eb_wire_real(index);
            sum += off * off;
        }
        eb_text_real(sum / (float)OUTPUT_VALUES);
    }
#else
    for (index = 0U; index < OUTPUT_VALUES; index++) {
        if (index != 0U) {
            eb_text_put(",");
        }
        eb_text_real(real_output(index));
    }
#endif
    eb_text_put("]" EB_TEXT_EOL);
}

static void cmd_infer(void)
{
    bool is_bad = false;
    uint32_t inferences = number_at(1U, DEFAULT_INFERENCES, &is_bad);
    uint32_t warmups = number_at(2U, DEFAULT_WARMUPS, &is_bad);
    uint32_t index;
    uint32_t started_us;
    uint32_t ended_us;
    if (is_bad || (inferences == 0U) || (inferences > EB_MOST_INFERENCES) ||
        (warmups > EB_MOST_INFERENCES)) {
        refuse("infer takes the number of inferences and of warm-ups");
        return;
    }
    say_count("m-warmup-start-", warmups);
    for (index = 0U; index < warmups; index++) {
        eb_model_invoke(eb_samples_input(), output);
    }
    eb_text_put("m-warmup-done" EB_TEXT_EOL);
    say_count("m-infer-start-", inferences);
    /* Nothing is written between the timestamps: it would be timed as well. */
    eb_port_flush();
    eb_port_mark();
    started_us = eb_port_time_us();
    for (index = 0U; index < inferences; index++) {
        eb_model_invoke(eb_samples_input(), output);
    }
    ended_us = eb_port_time_us();
    eb_port_mark();
    say_count("m-lap-us-", started_us);
    say_count("m-lap-us-", ended_us);
    eb_text_put("m-infer-done" EB_TEXT_EOL);
    cmd_results();
}

static void db_load(void)
{
    uint32_t size = 0U;
    if ((command.count < 3U) || !eb_text_to_unsigned(command.words[2], &size)) {
        refuse("db load takes a number of bytes");
    } else if (size != EB_WIRE_BYTES) {
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
        uint8_t byte = eb_wire_get(index);
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
            refuse("db takes pairs of hexadecimal digits");
            return;
        }
        if (loaded_bytes >= expected_bytes) {
            refuse("more bytes than were expected");
            return;
        }
        eb_wire_put(loaded_bytes, (uint8_t)(((uint32_t)high << 4) | (uint32_t)low));
        loaded_bytes++;
        index += 2U;
        if (loaded_bytes == expected_bytes) {
            eb_text_put("m-load-done" EB_TEXT_EOL);
        }
    }
}

static void cmd_db(void)
{
    if (command.count < 2U) {
        refuse("db takes load, print or hexadecimal digits");
    } else if (eb_text_equal(command.words[1], "load")) {
        db_load();
    } else if (eb_text_equal(command.words[1], "print")) {
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
    {"name", cmd_name},   {"profile", cmd_profile}, {"timestamp", cmd_timestamp}, {"db", cmd_db},
    {"infer", cmd_infer}, {"results", cmd_results}, {"help", cmd_help},
};

static void run(void)
{
    uint32_t index;
    if ((command.count > 0U) && eb_extensions_command(&command, output)) {
        return; /* which says m-ready itself, when it is */
    }
    for (index = 0U; index < (sizeof(entries) / sizeof(entries[0])); index++) {
        if ((command.count > 0U) && eb_text_equal(command.words[0], entries[index].word)) {
            eb_extensions_heard();
            entries[index].run();
            break;
        }
    }
    if (index == (sizeof(entries) / sizeof(entries[0]))) {
        eb_text_put("e-[Unknown command: ");
        eb_text_put((command.count > 0U) ? command.words[0] : "");
        eb_text_put("]" EB_TEXT_EOL);
    }
    ready();
}

void eb_device_begin(void)
{
    eb_command_begin(&command);
    eb_text_put("m-init-done" EB_TEXT_EOL);
    ready();
}

void eb_device_take(uint8_t byte)
{
    if (!eb_extensions_take(byte)) {
        enum eb_command_result result = eb_command_take(&command, byte);
        if (result == EB_COMMAND_WHOLE) {
            run();
            eb_command_begin(&command);
        } else if (result == EB_COMMAND_TOO_LONG) {
            refuse("the command is too long");
            ready();
            eb_command_begin(&command);
        } else {
            /* it goes on */
        }
    }
    eb_port_flush();
}

void eb_device_idle(void)
{
    eb_extensions_idle();
}

void eb_device_run(void)
{
    eb_port_init();
    eb_device_begin();
    eb_port_flush();
    for (;;) {
        int32_t byte = eb_port_read();
        if (byte >= 0) {
            eb_device_take((uint8_t)byte);
        }
        eb_device_idle();
    }
}
