/* Features of audio for MLPerf Tiny's streaming wake word, in fixed point.
 *
 * edgebench/firmware/streaming/tables.py says what each number means, and features.py next to it
 * computes the same bits in Python. The tables are generated for a model: eb_stream_tables.h.
 */
#ifndef EB_FEATURES_H
#define EB_FEATURES_H

#include <stdint.h>

#define EB_FEATURE_BANDS 40U
#define EB_WINDOW_SAMPLES 1024U
#define EB_HOP_SAMPLES 512U

/* Begin again: what comes next is preceded by silence. */
void eb_features_begin(void);

/* Make a frame of EB_HOP_SAMPLES new samples and those before them.
 *
 * samples: EB_HOP_SAMPLES, mono, 16 kHz. features: EB_FEATURE_BANDS, as the model takes them. */
void eb_features_of(const int16_t *samples, int8_t *features);

#endif
