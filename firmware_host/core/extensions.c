#include "extensions.h"

#include <string.h>

#include "align.h"
#include "crc32.h"
#include "device.h"
#include "frame.h"
#include "model.h"
#include "port.h"
#include "samples.h"
#include "steps.h"
#include "text.h"

#if EDGEBENCH_EXTENSIONS

#define REPORT_FRAME 0xFFFFU
#define SILENCE_US 1000000U
#define TRIAL_US 2000000U
#define FRAMES ((MODEL_INPUT_BYTES + FRAME_DATA_BYTES - 1U) / FRAME_DATA_BYTES)
#define FRAME_DATA_TEXT "240"
/* Outputs are written by words and half words. */
#define OUTPUT_SLOT_BYTES ((MODEL_OUTPUT_BYTES + 3U) & ~3U)

static struct frame frame;
static uint8_t arrived[FRAMES];
static int8_t *target;
static uint32_t target_bytes;
static int32_t is_loading;
static uint32_t last_byte_us;

static uint32_t baud = PORT_FIRST_BAUD;
static uint32_t tried_from;     /* the rate to go back to; 0 when none is on trial */
static uint32_t tried_since_us;

static void finish(void)
{
    text_put("m-ready" TEXT_EOL);
}

static void refuse(const char *why)
{
    text_put("e-[");
    text_put(why);
    text_put("]" TEXT_EOL);
    finish();
}

void extensions_announce(void)
{
    text_put("m-edgebench-[1 model=" MODEL_SHA " input=" MODEL_INPUT_TEXT
             " output=" MODEL_OUTPUT_TEXT " frame=" FRAME_DATA_TEXT " slots=");
    text_unsigned(SAMPLE_SLOTS);
    text_put(" command=");
    text_unsigned(COMMAND_BYTES);
    text_put("]" TEXT_EOL);
}

void extensions_help(void)
{
    text_put("eb load SLOT N%, eb run FIRST COUNT%, eb output%, eb sum%, eb baud N%, eb steps N%" TEXT_EOL);
}

/* An output, the checksum of the input that it is of, and its own. */
static void say_output(const int8_t *output, const int8_t *input)
{
    text_put("m-eb-output-[");
    text_hex((const uint8_t *)output, MODEL_OUTPUT_BYTES);
    text_put(" ");
    text_hex32(crc32_of((const uint8_t *)input, MODEL_INPUT_BYTES));
    text_put(" ");
    text_hex32(crc32_of((const uint8_t *)output, MODEL_OUTPUT_BYTES));
    text_put("]" TEXT_EOL);
}

static void say_time(uint32_t now_us)
{
    text_put("m-lap-us-");
    text_unsigned(now_us);
    text_put(TEXT_EOL);
}

static void load(uint32_t slot, uint32_t bytes)
{
    if ((slot >= SAMPLE_SLOTS) || (bytes != MODEL_INPUT_BYTES)) {
        refuse("there is no such slot, or the model takes " MODEL_INPUT_TEXT " bytes");
        return;
    }
    target = samples_slot(slot);
    target_bytes = bytes;
    (void)memset(arrived, 0, sizeof(arrived));
    frame_begin(&frame);
    frame.zero_next = 2U;
    last_byte_us = port_time_us();
    is_loading = 1;
    text_put("m-[Expecting " MODEL_INPUT_TEXT " bytes]" TEXT_EOL);
}

static void run_slots(uint32_t first, uint32_t count, int8_t *output)
{
    ALIGNED_4 static int8_t outputs[SAMPLE_SLOTS][OUTPUT_SLOT_BYTES];
    uint32_t index;
    uint32_t started_us;
    uint32_t ended_us;
    if ((count == 0U) || (count > SAMPLE_SLOTS) || (first > (SAMPLE_SLOTS - count))) {
        refuse("there are no such slots");
        return;
    }
    port_mark();
    started_us = port_time_us();
    for (index = 0U; index < count; index++) {
        model_invoke(samples_slot(first + index), outputs[index]);
    }
    ended_us = port_time_us();
    port_mark();
    say_time(started_us);
    say_time(ended_us);
    for (index = 0U; index < count; index++) {
        say_output(outputs[index], samples_slot(first + index));
    }
    (void)memcpy(output, outputs[count - 1U], MODEL_OUTPUT_BYTES);
    finish();
}

static void change_baud(uint32_t wanted)
{
    if (port_can_baud(wanted) == 0) {
        refuse("the port can't run at that rate");
        return;
    }
    text_put("m-eb-baud-[");
    text_unsigned(wanted);
    text_put("]" TEXT_EOL);
    finish();
    port_flush();
    tried_from = baud;
    tried_since_us = port_time_us();
    baud = wanted;
    port_set_baud(wanted);
}

void extensions_heard(void)
{
    tried_from = 0U;
}

int32_t extensions_command(const struct command *command, int8_t *output)
{
    uint32_t first = 0U;
    uint32_t second = 0U;
    int32_t has_first;
    int32_t has_both;
    const char *what;
    if (text_equal(command->words[0], "eb") == 0) {
        return 0;
    }
    extensions_heard();
    what = (command->count > 1U) ? command->words[1] : "";
    has_first = ((command->count > 2U) && (text_to_unsigned(command->words[2], &first) != 0));
    has_both = ((has_first != 0) && (command->count > 3U) &&
                (text_to_unsigned(command->words[3], &second) != 0));
    if ((text_equal(what, "load") != 0) && (has_both != 0)) {
        load(first, second);
    } else if ((text_equal(what, "run") != 0) && (has_both != 0)) {
        run_slots(first, second, output);
    } else if (text_equal(what, "output") != 0) {
        say_output(output, samples_input());
        finish();
    } else if ((text_equal(what, "steps") != 0) && (has_first != 0) && (first != 0U)) {
        if (steps_run(first, output) == 0) {
            refuse("the firmware is not built to be profiled");
        } else {
            finish();
        }
    } else if (text_equal(what, "sum") != 0) {
        text_put("m-eb-sum-[");
        text_hex32(crc32_of((const uint8_t *)samples_input(), MODEL_INPUT_BYTES));
        text_put("]" TEXT_EOL);
        finish();
    } else if ((text_equal(what, "baud") != 0) && (has_first != 0)) {
        change_baud(first);
    } else {
        refuse("no such eb command; see help%");
    }
    return 1;
}

static void keep_frame(void)
{
    uint32_t number = frame_number(&frame);
    uint32_t start = number * FRAME_DATA_BYTES;
    uint32_t bytes = frame_data_bytes(&frame);
    uint32_t wanted;
    if (number >= FRAMES) {
        return;
    }
    wanted = target_bytes - start;
    wanted = (wanted < FRAME_DATA_BYTES) ? wanted : FRAME_DATA_BYTES;
    if (bytes == wanted) {
        (void)memcpy(&target[start], frame_data(&frame), bytes);
        arrived[number] = 1U;
    }
}

static void report(void)
{
    uint32_t index;
    uint32_t missing = 0U;
    text_put("m-eb-load-[");
    for (index = 0U; index < FRAMES; index++) {
        if (arrived[index] == 0U) {
            if (missing != 0U) {
                text_put(",");
            }
            text_unsigned(index);
            missing++;
        }
    }
    text_put((missing == 0U) ? "ok]" TEXT_EOL : "]" TEXT_EOL);
    if (missing == 0U) {
        is_loading = 0;
        finish();
    }
}

int32_t extensions_take(uint8_t byte)
{
    if (is_loading == 0) {
        return 0;
    }
    last_byte_us = port_time_us();
    if (frame_take(&frame, byte) == FRAME_WHOLE) {
        if (frame_number(&frame) == REPORT_FRAME) {
            report();
        } else {
            keep_frame();
        }
    }
    return 1;
}

void extensions_idle(void)
{
    /* Differences of unsigned numbers hold when the clock wraps. */
    if ((is_loading != 0) && ((port_time_us() - last_byte_us) > SILENCE_US)) {
        is_loading = 0;
        refuse("the binary load was left unfinished");
        port_flush();
    }
    if ((tried_from != 0U) && ((port_time_us() - tried_since_us) > TRIAL_US)) {
        baud = tried_from;
        tried_from = 0U;
        port_set_baud(baud);
    }
}

#else

void extensions_announce(void)
{
}

void extensions_help(void)
{
}

void extensions_heard(void)
{
}

int32_t extensions_command(const struct command *command, int8_t *output)
{
    (void)command;
    (void)output;
    return 0;
}

int32_t extensions_take(uint8_t byte)
{
    (void)byte;
    return 0;
}

void extensions_idle(void)
{
}

#endif
