#include "eb_extensions.h"

#include <string.h>

#include "eb_crc32.h"
#include "eb_device.h"
#include "eb_frame.h"
#include "eb_model.h"
#include "eb_platform.h"
#include "eb_port.h"
#include "eb_samples.h"
#include "eb_steps.h"
#include "eb_text.h"
#include "eb_wire.h"

#if EB_EXTENSIONS

#define FRAMES ((EB_MODEL_INPUT_BYTES + EB_FRAME_DATA_BYTES - 1U) / EB_FRAME_DATA_BYTES)
/* Outputs are written by words and half words. */
#define ODD_BYTES (EB_MODEL_ALIGNMENT - 1U)
#define OUTPUT_SLOT_BYTES ((EB_MODEL_OUTPUT_BYTES + ODD_BYTES) & ~ODD_BYTES)

static struct eb_frame frame;
static bool arrived[FRAMES];
static int8_t *target;
static uint32_t target_bytes;
static bool is_loading;
static uint32_t last_byte_us;

static uint32_t baud = EB_PORT_FIRST_BAUD;
static uint32_t tried_from; /* the rate to go back to; 0 when none is on trial */
static uint32_t tried_since_us;

static void finish(void)
{
    eb_text_put("m-ready" EB_TEXT_EOL);
}

static void refuse(const char *why)
{
    eb_text_refuse(why);
    finish();
}

static void say_number(const char *what, uint32_t number)
{
    eb_text_put(what);
    eb_text_unsigned(number);
}

#ifdef EB_ENGINE_ARENA
/* How much of its memory an engine of others uses; 0: it can't compute the model. */
uint32_t eb_engine_arena_bytes(void);
#endif

void eb_extensions_announce(void)
{
    eb_text_put("m-edgebench-[1 model=" EB_MODEL_SHA);
    say_number(" input=", EB_MODEL_INPUT_BYTES);
    say_number(" output=", EB_MODEL_OUTPUT_BYTES);
    say_number(" frame=", EB_FRAME_DATA_BYTES);
    say_number(" slots=", EB_SAMPLE_SLOTS);
    say_number(" command=", EB_COMMAND_BYTES);
#ifdef EB_MODEL_STATE_BYTES
    say_number(" state=", EB_MODEL_STATE_BYTES);
#endif
#if EB_INPUT_WIRE == EB_WIRE_PIXELS
    eb_text_put(" wire=uint8");
#elif EB_INPUT_WIRE == EB_WIRE_REAL
    eb_text_put(" wire=float32");
#endif
#ifdef EB_ENGINE
    eb_text_put(" engine=" EB_ENGINE);
#endif
#ifdef EB_ENGINE_ARENA
    say_number(" arena=", eb_engine_arena_bytes());
#endif
    eb_text_put("]" EB_TEXT_EOL);
}

void eb_extensions_help(void)
{
    eb_text_put("eb load SLOT N%, eb run FIRST COUNT%, eb output%, eb sum%, eb baud N%, eb steps "
                "N%"
#ifdef EB_MODEL_STATE_BYTES
                ", eb reset%"
#endif
                EB_TEXT_EOL);
}

/* An output, the checksum of the input that it is of, and its own. */
static void say_output(const int8_t *output, const int8_t *input)
{
    eb_text_put("m-eb-output-[");
    eb_text_hex((const uint8_t *)output, EB_MODEL_OUTPUT_BYTES);
    eb_text_put(" ");
    eb_text_hex32(eb_crc32_of((const uint8_t *)input, EB_MODEL_INPUT_BYTES));
    eb_text_put(" ");
    eb_text_hex32(eb_crc32_of((const uint8_t *)output, EB_MODEL_OUTPUT_BYTES));
    eb_text_put("]" EB_TEXT_EOL);
}

static void say_time(uint32_t now_us)
{
    eb_text_count("m-lap-us-", now_us);
}

static void load(uint32_t slot, uint32_t bytes)
{
    if ((slot >= EB_SAMPLE_SLOTS) || (bytes != EB_MODEL_INPUT_BYTES)) {
        say_number("e-[there is no such slot, or the model takes ", EB_MODEL_INPUT_BYTES);
        eb_text_put(" bytes]" EB_TEXT_EOL);
        finish();
        return;
    }
    target = eb_samples_slot(slot);
    target_bytes = bytes;
    (void)memset(arrived, 0, sizeof(arrived));
    eb_frame_begin(&frame);
    last_byte_us = eb_port_time_us();
    is_loading = true;
    say_number("m-[Expecting ", EB_MODEL_INPUT_BYTES);
    eb_text_put(" bytes]" EB_TEXT_EOL);
}

static void run_slots(uint32_t first, uint32_t count, int8_t *output)
{
    EB_MODEL_ALIGNED static int8_t outputs[EB_SAMPLE_SLOTS][OUTPUT_SLOT_BYTES];
    uint32_t index;
    uint32_t started_us;
    uint32_t ended_us;
    if ((count == 0U) || (count > EB_SAMPLE_SLOTS) || (first > (EB_SAMPLE_SLOTS - count))) {
        refuse("there are no such slots");
        return;
    }
    eb_port_mark();
    started_us = eb_port_time_us();
    for (index = 0U; index < count; index++) {
        eb_model_invoke(eb_samples_slot(first + index), outputs[index]);
    }
    ended_us = eb_port_time_us();
    eb_port_mark();
    say_time(started_us);
    say_time(ended_us);
    for (index = 0U; index < count; index++) {
        say_output(outputs[index], eb_samples_slot(first + index));
    }
    (void)memcpy(output, outputs[count - 1U], EB_MODEL_OUTPUT_BYTES);
    finish();
}

static void change_baud(uint32_t wanted)
{
    if (!eb_port_can_baud(wanted)) {
        refuse("the port can't run at that rate");
        return;
    }
    eb_text_put("m-eb-baud-[");
    eb_text_unsigned(wanted);
    eb_text_put("]" EB_TEXT_EOL);
    finish();
    eb_port_flush();
    tried_from = baud;
    tried_since_us = eb_port_time_us();
    baud = wanted;
    eb_port_set_baud(wanted);
}

void eb_extensions_heard(void)
{
    tried_from = 0U;
}

bool eb_extensions_command(const struct eb_command *command, int8_t *output)
{
    uint32_t first = 0U;
    uint32_t second = 0U;
    bool has_first;
    bool has_both;
    const char *what;
    if (!eb_text_equal(command->words[0], "eb")) {
        return false;
    }
    eb_extensions_heard();
    what = (command->count > 1U) ? command->words[1] : "";
    has_first = ((command->count > 2U) && eb_text_to_unsigned(command->words[2], &first));
    has_both =
        (has_first && (command->count > 3U) && eb_text_to_unsigned(command->words[3], &second));
    if (eb_text_equal(what, "load") && has_both) {
        load(first, second);
    } else if (eb_text_equal(what, "run") && has_both) {
        run_slots(first, second, output);
    } else if (eb_text_equal(what, "output")) {
        say_output(output, eb_samples_input());
        finish();
    } else if (eb_text_equal(what, "steps") && has_first && (first != 0U)) {
        if (!eb_steps_run(first, output)) {
            refuse("the firmware is not built to be profiled");
        } else {
            finish();
        }
    } else if (eb_text_equal(what, "sum")) {
        eb_text_put("m-eb-sum-[");
        eb_text_hex32(eb_crc32_of((const uint8_t *)eb_samples_input(), EB_MODEL_INPUT_BYTES));
        eb_text_put("]" EB_TEXT_EOL);
        finish();
#ifdef EB_MODEL_STATE_BYTES
    } else if (eb_text_equal(what, "reset")) {
        eb_model_reset();
        finish();
#endif
    } else if (eb_text_equal(what, "baud") && has_first) {
        change_baud(first);
    } else {
        refuse("no such eb command; see help%");
    }
    return true;
}

static void keep_frame(void)
{
    uint32_t number = eb_frame_number(&frame);
    uint32_t start = number * EB_FRAME_DATA_BYTES;
    uint32_t bytes = eb_frame_data_bytes(&frame);
    uint32_t wanted;
    if (number >= FRAMES) {
        return;
    }
    wanted = target_bytes - start;
    wanted = (wanted < EB_FRAME_DATA_BYTES) ? wanted : EB_FRAME_DATA_BYTES;
    if (bytes == wanted) {
        (void)memcpy(&target[start], eb_frame_data(&frame), bytes);
        arrived[number] = true;
    }
}

static void report(void)
{
    uint32_t index;
    uint32_t missing = 0U;
    eb_text_put("m-eb-load-[");
    for (index = 0U; index < FRAMES; index++) {
        if (!arrived[index]) {
            if (missing != 0U) {
                eb_text_put(",");
            }
            eb_text_unsigned(index);
            missing++;
        }
    }
    eb_text_put((missing == 0U) ? "ok]" EB_TEXT_EOL : "]" EB_TEXT_EOL);
    if (missing == 0U) {
        is_loading = false;
        finish();
    }
}

bool eb_extensions_take(uint8_t byte)
{
    if (!is_loading) {
        return false;
    }
    last_byte_us = eb_port_time_us();
    if (eb_frame_take(&frame, byte) == EB_FRAME_WHOLE) {
        if (eb_frame_number(&frame) == EB_FRAME_REPORT) {
            report();
        } else {
            keep_frame();
        }
    }
    return true;
}

void eb_extensions_idle(void)
{
    /* Differences of unsigned numbers hold when the clock wraps. */
    if (is_loading && ((eb_port_time_us() - last_byte_us) > EB_SILENCE_US)) {
        is_loading = false;
        refuse("the binary load was left unfinished");
        eb_port_flush();
    }
    if ((tried_from != 0U) && ((eb_port_time_us() - tried_since_us) > EB_BAUD_TRIAL_US)) {
        baud = tried_from;
        tried_from = 0U;
        eb_port_set_baud(baud);
    }
}

#else

void eb_extensions_announce(void)
{
}

void eb_extensions_help(void)
{
}

void eb_extensions_heard(void)
{
}

bool eb_extensions_command(const struct eb_command *command, int8_t *output)
{
    (void)command;
    (void)output;
    return false;
}

bool eb_extensions_take(uint8_t byte)
{
    (void)byte;
    return false;
}

void eb_extensions_idle(void)
{
}

#endif
