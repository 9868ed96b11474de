#include "eb_detector.h"

#include <string.h>

#include "eb_features.h"
#include "eb_model.h"
#include "eb_numbers.h"
#include "eb_platform.h"
#include "eb_port.h"
#include "eb_samples.h"
#include "eb_stream_tables.h"
#include "eb_text.h"

#define KEPT_DETECTIONS 64U
#define OLDER_FEATURES (EB_MODEL_INPUT_BYTES - EB_FEATURE_BANDS)

static int16_t memory[EB_RECORDED_SAMPLES];
static uint32_t activations;
static uint32_t hops;
static bool is_first;

struct detection {
    uint32_t hop;
    int8_t activation;
};

static struct detection detections[KEPT_DETECTIONS];
static uint32_t detection_count;

int16_t *eb_detector_memory(void)
{
    return memory;
}

uint32_t eb_detector_hops(void)
{
    return hops;
}

void eb_detector_begin(void)
{
    eb_features_begin();
    /* As the reference has it: zeros, whatever a silent feature is. */
    (void)memset(eb_samples_writable(), 0, EB_MODEL_INPUT_BYTES);
    activations = 0U;
    hops = 0U;
    detection_count = 0U;
    is_first = true;
}

const int8_t *eb_detector_take(const int16_t *samples)
{
    int8_t *input = eb_samples_writable();
    uint32_t index;
    for (index = EB_FEATURE_BANDS; index < EB_MODEL_INPUT_BYTES; index++) {
        input[index - EB_FEATURE_BANDS] = input[index];
    }
    eb_features_of(samples, &input[OLDER_FEATURES]);
    return &input[OLDER_FEATURES];
}

static void wait_a_microsecond(void)
{
    uint32_t from_us = eb_port_time_us();
    while ((eb_port_time_us() - from_us) < 2U) {
    }
}

void eb_detector_pulse_processing(void)
{
    eb_port_set_processing(true);
    wait_a_microsecond();
    eb_port_set_processing(false);
}

static void keep_detection(int8_t activation)
{
    if (detection_count < KEPT_DETECTIONS) {
        detections[detection_count].hop = hops;
        detections[detection_count].activation = activation;
        detection_count++;
    }
}

void eb_detector_hop(const int16_t *samples, int8_t *output)
{
    int8_t activation;
    eb_port_set_processing(true);
    (void)eb_detector_take(samples);
    eb_model_invoke(eb_samples_input(), output);
    activation = output[eb_detected_output];
    if (((int32_t)activation > eb_detected_above) || is_first) {
        eb_port_set_detected(false);
        wait_a_microsecond();
        eb_port_set_detected(true);
        keep_detection(activation);
        is_first = false;
    }
    if (activations < (2U * EB_RECORDED_SAMPLES)) {
        ((int8_t *)memory)[activations] = activation;
        activations++;
    }
    hops++;
    eb_port_set_processing(false);
}

void eb_detector_print_activations(void)
{
    eb_numbers_int8((const int8_t *)memory, activations);
}

void eb_detector_print_log(void)
{
    uint32_t index;
    for (index = 0U; index < detection_count; index++) {
        eb_text_put("[");
        eb_text_unsigned(detections[index].hop);
        eb_text_put("]: detection (");
        eb_numbers_put((int32_t)detections[index].activation);
        eb_text_put(")" EB_TEXT_EOL);
    }
    eb_text_unsigned(hops);
    eb_text_put(" frames" EB_TEXT_EOL);
    detection_count = 0U;
}
