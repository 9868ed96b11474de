#include "eb_device.h"

#include "eb_command.h"
#include "eb_extensions.h"
#include "eb_load.h"
#include "eb_model.h"
#include "eb_parts.h"
#include "eb_port.h"
#include "eb_samples.h"
#include "eb_stream.h"
#include "eb_text.h"
#include "eb_wire.h"

#define DEFAULT_INFERENCES 1U
#define DEFAULT_WARMUPS 10U
/* A fuzzer has less patience. */
#ifndef EB_MOST_INFERENCES
#define EB_MOST_INFERENCES 1000000000U
#endif

static struct eb_command command;
EB_MODEL_ALIGNED static int8_t output[EB_MODEL_OUTPUT_BYTES];

static void ready(void)
{
    eb_text_put("m-ready" EB_TEXT_EOL);
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
    eb_text_count("m-lap-us-", eb_port_time_us());
}

static void cmd_profile(void)
{
    eb_text_put("m-profile-[edgebench firmware 1]" EB_TEXT_EOL "m-model-[" EB_BENCHMARK
                "]" EB_TEXT_EOL);
    eb_extensions_announce();
    eb_parts_announce();
}

static void cmd_help(void)
{
    eb_text_put("name%, profile%, timestamp%, help%" EB_TEXT_EOL
                "db load N%, db HEX%, db print%: load the input" EB_TEXT_EOL
                "infer N W%: W warm-ups, then N inferences between two timestamps" EB_TEXT_EOL
                "results%: the last outputs" EB_TEXT_EOL);
#if EB_STREAMING
    eb_stream_help();
#endif
    eb_extensions_help();
}

#if EB_INPUT_WIRE == EB_WIRE_REAL

/* One score: how far an autoencoder is from its input. */
static void cmd_results(void)
{
    const struct eb_part *part = &eb_parts_outputs[0];
    uint32_t index;
    float sum = 0.0F;
    eb_text_put("m-results-[");
    for (index = 0U; index < part->count; index++) {
        float off = eb_parts_real(part, output, index) - eb_wire_real(index);
        sum += off * off;
    }
    eb_text_real(sum / (float)part->count);
    eb_text_put("]" EB_TEXT_EOL);
}

#else

/* A line for each output. */
static void cmd_results(void)
{
    uint32_t number;
    for (number = 0U; number < (uint32_t)EB_MODEL_OUTPUTS; number++) {
        const struct eb_part *part = &eb_parts_outputs[number];
        uint32_t index;
        eb_text_put("m-results-[");
        for (index = 0U; index < part->count; index++) {
            if (index != 0U) {
                eb_text_put(",");
            }
            eb_text_real(eb_parts_real(part, output, index));
        }
        eb_text_put("]" EB_TEXT_EOL);
    }
}

#endif

static void cmd_infer(void)
{
    bool is_bad = false;
    uint32_t inferences = eb_command_number(&command, 1U, DEFAULT_INFERENCES, &is_bad);
    uint32_t warmups = eb_command_number(&command, 2U, DEFAULT_WARMUPS, &is_bad);
    uint32_t index;
    uint32_t started_us;
    uint32_t ended_us;
    if (is_bad || (inferences == 0U) || (inferences > EB_MOST_INFERENCES) ||
        (warmups > EB_MOST_INFERENCES)) {
        eb_text_refuse("infer takes the number of inferences and of warm-ups");
        return;
    }
    eb_text_count("m-warmup-start-", warmups);
    for (index = 0U; index < warmups; index++) {
        eb_model_invoke(eb_samples_input(), output);
    }
    eb_text_put("m-warmup-done" EB_TEXT_EOL);
    eb_text_count("m-infer-start-", inferences);
    /* Nothing is written between the timestamps: it would be timed as well. */
    eb_port_flush();
    eb_port_mark();
    started_us = eb_port_time_us();
    for (index = 0U; index < inferences; index++) {
        eb_model_invoke(eb_samples_input(), output);
    }
    ended_us = eb_port_time_us();
    eb_port_mark();
    eb_text_count("m-lap-us-", started_us);
    eb_text_count("m-lap-us-", ended_us);
    eb_text_put("m-infer-done" EB_TEXT_EOL);
    cmd_results();
}

static void cmd_db(void)
{
    eb_load_command(&command);
}

struct entry {
    const char *word;
    void (*run)(void);
};

static const struct entry entries[] = {
    {"name", cmd_name},   {"profile", cmd_profile}, {"timestamp", cmd_timestamp}, {"db", cmd_db},
    {"infer", cmd_infer}, {"results", cmd_results}, {"help", cmd_help},
};

#if EB_STREAMING
/* As MLPerf Tiny's streaming reference does it: its tools compare what has arrived. */
static void echo(void)
{
    uint32_t index;
    eb_text_put("Received command: ");
    for (index = 0U; index < command.count; index++) {
        eb_text_put((index == 0U) ? "" : " ");
        eb_text_put(command.words[index]);
    }
    eb_text_put(EB_TEXT_EOL);
}
#endif

static void run(void)
{
    uint32_t index;
#if EB_STREAMING
    echo();
    if ((command.count > 0U) && eb_stream_command(&command, output)) {
        eb_extensions_heard();
        ready();
        return;
    }
#endif
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
            eb_text_refuse("the command is too long");
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
#if EB_STREAMING
    eb_stream_idle(output);
#endif
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
