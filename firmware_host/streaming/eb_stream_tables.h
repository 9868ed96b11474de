/* Tables of the features, and what is a detection; generated for a model. */
#ifndef EB_STREAM_TABLES_H
#define EB_STREAM_TABLES_H

#include <stdint.h>

#include "eb_features.h"

/* The window's first half, Q30. */
extern const int32_t eb_window[EB_WINDOW_SAMPLES / 2U];

/* Three quarters of a circle, Q30. */
extern const int32_t eb_sines[(3U * EB_WINDOW_SAMPLES) / 4U];

/* Which band a bin is below the middle of, 0 to EB_FEATURE_BANDS, and its weight there, Q15. */
extern const uint8_t eb_mel_upper[EB_WINDOW_SAMPLES / 2U];
extern const uint16_t eb_mel_rising[EB_WINDOW_SAMPLES / 2U];

/* The energies from which on a feature is above -128, above -127, and so on; not falling. */
extern const uint64_t eb_feature_thresholds[255];

/* Which output is the wake word's, and what it is above when the word is heard. */
extern const uint32_t eb_detected_output;
extern const int32_t eb_detected_above;

#endif
