#include "eb_stream.h"

#include "eb_detector.h"
#include "eb_features.h"
#include "eb_model.h"
#include "eb_numbers.h"
#include "eb_port.h"
#include "eb_samples.h"
#include "eb_text.h"

enum state { IDLE, DETECTING, RECORDING };

static enum state state;
static int16_t block[EB_HOP_SAMPLES];
static uint32_t samples_read;
static uint32_t recording_wanted;

void eb_stream_put(uint32_t index, uint8_t byte)
{
    uint32_t sample = (uint32_t)(uint16_t)block[index / 2U];
    if ((index % 2U) == 0U) {
        sample = (sample & 0xFF00U) | (uint32_t)byte;
    } else {
        sample = (sample & 0x00FFU) | ((uint32_t)byte << 8);
    }
    block[index / 2U] = (int16_t)(uint16_t)sample;
}

uint8_t eb_stream_get(uint32_t index)
{
    uint32_t sample = (uint32_t)(uint16_t)block[index / 2U];
    return (uint8_t)(((index % 2U) == 0U) ? (sample & 0xFFU) : (sample >> 8));
}

void eb_stream_print_block(uint32_t count)
{
    eb_numbers_int16(block, count);
}

void eb_stream_help(void)
{
    eb_text_put("start%, stop%: detect the wake word; the activations" EB_TEXT_EOL
                "state%, log%: what goes on; the detections" EB_TEXT_EOL
                "i2scap N%: record N samples" EB_TEXT_EOL
                "extract%, extract_uart_stream%: features, and the model's answer, of the block "
                "that `db load` has brought" EB_TEXT_EOL
                "run_model%: the model on its input" EB_TEXT_EOL
                "proc_hi%, proc_lo%: the pin PROCESSING" EB_TEXT_EOL);
}

/* Listen, unless something does already or the board can't. */
static bool begins(enum state wanted)
{
    bool does = false;
    if (state != IDLE) {
        eb_text_put("m-[audio is being taken already; the command is ignored]" EB_TEXT_EOL);
    } else if (!eb_port_audio_start()) {
        eb_text_refuse("this board's port has no audio input");
    } else {
        samples_read = 0U;
        state = wanted;
        does = true;
    }
    return does;
}

static void cmd_start(void)
{
    if (begins(DETECTING)) {
        eb_detector_begin();
        eb_text_put("m-[detecting]" EB_TEXT_EOL);
        eb_port_flush();
        eb_port_mark();
        eb_detector_pulse_processing();
    }
}

static void cmd_stop(void)
{
    enum state before = state;
    if (before == IDLE) {
        eb_text_put("m-[nothing is being detected or recorded]" EB_TEXT_EOL);
        return;
    }
    state = IDLE;
    eb_port_audio_stop();
    if (before == DETECTING) {
        eb_port_mark();
        eb_text_put("Streaming stopped." EB_TEXT_EOL "target activations: " EB_TEXT_EOL);
        eb_detector_print_activations();
    } else {
        eb_text_put("m-[the recording was stopped]" EB_TEXT_EOL);
    }
}

static void cmd_state(void)
{
    static const char *const names[] = {"idle", "detecting", "recording"};
    eb_text_put("m-audio-[");
    eb_text_put(names[state]);
    eb_text_put(" samples=");
    eb_text_unsigned(samples_read);
    eb_text_put(" frames=");
    eb_text_unsigned(eb_detector_hops());
    eb_text_put("]" EB_TEXT_EOL);
}

static void cmd_record(const struct eb_command *command)
{
    uint32_t wanted = EB_RECORDED_SAMPLES;
    if ((command->count > 1U) && (!eb_text_to_unsigned(command->words[1], &wanted) ||
                                  (wanted == 0U) || (wanted > EB_RECORDED_SAMPLES))) {
        eb_text_put("e-[i2scap takes a number of samples, at most ");
        eb_text_unsigned(EB_RECORDED_SAMPLES);
        eb_text_put("]" EB_TEXT_EOL);
    } else if (begins(RECORDING)) {
        eb_detector_begin(); /* a recording takes the place of activations */
        recording_wanted = wanted;
        eb_text_put("m-[recording]" EB_TEXT_EOL);
    } else {
        /* it was said why not */
    }
}

static void say_laps(uint32_t from_us, uint32_t to_us)
{
    eb_text_count("m-lap-us-", from_us);
    eb_text_count("m-lap-us-", to_us);
}

static void cmd_extract(int8_t *output, bool runs_model)
{
    const int8_t *features;
    uint32_t from_us;
    uint32_t to_us;
    if (state != IDLE) {
        eb_text_refuse("audio is being taken; stop% ends it");
        return;
    }
    from_us = eb_port_time_us();
    features = eb_detector_take(block);
    to_us = eb_port_time_us();
    if (!runs_model) {
        say_laps(from_us, to_us);
    }
    eb_numbers_line("m-features-", features, EB_FEATURE_BANDS);
    if (runs_model) {
        eb_model_invoke(eb_samples_input(), output);
        eb_numbers_line("m-activations-", output, EB_MODEL_OUTPUT_BYTES);
    }
}

static void cmd_run_model(int8_t *output)
{
    uint32_t from_us = eb_port_time_us();
    eb_model_invoke(eb_samples_input(), output);
    say_laps(from_us, eb_port_time_us());
    eb_numbers_line("Output = ", output, EB_MODEL_OUTPUT_BYTES);
}

bool eb_stream_command(const struct eb_command *command, int8_t *output)
{
    const char *word = command->words[0];
    bool is_ours = true;
    if (eb_text_equal(word, "start")) {
        cmd_start();
    } else if (eb_text_equal(word, "stop")) {
        cmd_stop();
    } else if (eb_text_equal(word, "state")) {
        cmd_state();
    } else if (eb_text_equal(word, "log")) {
        eb_detector_print_log();
    } else if (eb_text_equal(word, "i2scap")) {
        cmd_record(command);
    } else if (eb_text_equal(word, "extract")) {
        cmd_extract(output, false);
    } else if (eb_text_equal(word, "extract_uart_stream")) {
        cmd_extract(output, true);
    } else if (eb_text_equal(word, "run_model")) {
        cmd_run_model(output);
    } else if (eb_text_equal(word, "proc_hi")) {
        eb_port_set_processing(true);
    } else if (eb_text_equal(word, "proc_lo")) {
        eb_port_set_processing(false);
    } else {
        is_ours = false;
    }
    return is_ours;
}

static void finish_recording(void)
{
    state = IDLE;
    eb_port_audio_stop();
    eb_text_put("m-[");
    eb_text_unsigned(samples_read);
    eb_text_put(" samples recorded]" EB_TEXT_EOL);
    eb_numbers_int16(eb_detector_memory(), samples_read);
    eb_port_flush();
}

/* Take what fits of a recording's next hop. */
static void record(void)
{
    uint32_t left = recording_wanted - samples_read;
    uint32_t count = (left < EB_HOP_SAMPLES) ? left : EB_HOP_SAMPLES;
    if (eb_port_audio_read(&eb_detector_memory()[samples_read], count)) {
        samples_read += count;
        if (samples_read == recording_wanted) {
            finish_recording();
        }
    }
}

void eb_stream_idle(int8_t *output)
{
    if (state == DETECTING) {
        if (eb_port_audio_read(block, EB_HOP_SAMPLES)) {
            samples_read += EB_HOP_SAMPLES;
            eb_detector_hop(block, output);
        }
    } else if (state == RECORDING) {
        record();
    } else {
        /* nothing listens */
    }
}
