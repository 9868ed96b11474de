/* From a hop of samples to a detection: features, the model on a whole window, the pins. */
#ifndef EB_DETECTOR_H
#define EB_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

/* How many activations are kept, which is also the memory of a recording; MLPerf Tiny's 20 minutes
 * have 37,500. */
#ifndef EB_ACTIVATIONS
#define EB_ACTIVATIONS 40000U
#endif
#define EB_RECORDED_SAMPLES (EB_ACTIVATIONS / 2U)

/* Begin again, with silence before, no activations, and a first frame to come. */
void eb_detector_begin(void);

/* Make features of EB_HOP_SAMPLES samples and put them behind those of the model's input.
 *
 * Return them: EB_FEATURE_BANDS, valid until the next call. */
const int8_t *eb_detector_take(const int16_t *samples);

/* Take EB_HOP_SAMPLES samples, run the model, and raise the pins.
 *
 * output: EB_MODEL_OUTPUT_BYTES, aligned to 4 bytes. */
void eb_detector_hop(const int16_t *samples, int8_t *output);

/* Write the activations of all hops: [1, 2, ...]. */
void eb_detector_print_activations(void);

/* Write which hops were detections since this was asked last, and how many hops there were. */
void eb_detector_print_log(void);

/* Hops since eb_detector_begin. */
uint32_t eb_detector_hops(void);

/* EB_RECORDED_SAMPLES samples of memory, in which the activations are when something is detected.
 */
int16_t *eb_detector_memory(void);

/* Raise and lower PROCESSING for 1 us or more: a mark that both pins' records begin with. */
void eb_detector_pulse_processing(void);

#endif
