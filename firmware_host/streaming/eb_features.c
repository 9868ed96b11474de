#include "eb_features.h"

#include <string.h>

#include "eb_platform.h"
#include "eb_stream_tables.h"

#define POINTS (EB_WINDOW_SAMPLES / 2U) /* complex ones, of pairs of samples */
#define SECOND_HALF 1U                  /* POINTS / 2 in reversed bits */
#define QUARTER (EB_WINDOW_SAMPLES / 4U)
#define Q30 30
#define Q15 15
#define POWER_SHIFT 13
#define HALF_OF_Q30 (INT64_C(1) << (Q30 - 1))

struct bin {
    int32_t re;
    int32_t im;
};

/* The samples before the next ones: the last hop's, and one more for the emphasis. */
static int16_t before[EB_HOP_SAMPLES + 1U];
static struct bin bins[POINTS];
/* The bands, with one below the first and one above the last. */
static uint64_t energies[EB_FEATURE_BANDS + 2U];

void eb_features_begin(void)
{
    (void)memset(before, 0, sizeof(before));
}

/* first * cosine + second * sine, in Q30, rounded once. */
static int32_t weighed(int32_t first, int32_t cosine, int32_t second, int32_t sine)
{
    int64_t sum = ((int64_t)first * cosine) + ((int64_t)second * sine);
    return (int32_t)((sum + HALF_OF_Q30) >> Q30);
}

/* A number turned back by `angle` < POINTS, of which EB_WINDOW_SAMPLES are a circle. */
static struct bin turned(struct bin from, uint32_t angle)
{
    int32_t cosine = eb_sines[angle + QUARTER];
    int32_t sine = eb_sines[angle];
    struct bin to;
    to.re = weighed(from.re, cosine, from.im, sine);
    to.im = weighed(from.im, cosine, from.re, -sine);
    return to;
}

/* Count in reversed bits: the highest is the first to change. */
static uint32_t next_reversed(uint32_t place)
{
    uint32_t next = place;
    uint32_t bit = POINTS / 2U;
    while ((next & bit) != 0U) {
        next ^= bit;
        bit /= 2U;
    }
    return next | bit;
}

/* A sample with the one before, emphasised and windowed; 2^-20 of full scale. */
static int32_t windowed(int16_t last, int16_t sample, int32_t weight)
{
    int32_t emphasised = (32 * (int32_t)sample) - (31 * (int32_t)last);
    return (int32_t)((((int64_t)emphasised * weight) + HALF_OF_Q30) >> Q30);
}

/* Put windowed samples, pair by pair, where the transform begins with them.
 *
 * samples: EB_HOP_SAMPLES and one more in front. first: where the first pair goes. weight: where
 * the window begins in its first half; `step` is 1, or -1 as an unsigned number where it comes
 * backwards.
 */
static void put_half(const int16_t *samples, uint32_t first, uint32_t weight, uint32_t step)
{
    uint32_t place = first;
    uint32_t at = weight;
    uint32_t pair;
    for (pair = 0U; pair < (POINTS / 2U); pair++) {
        struct bin *to = &bins[place];
        const int16_t *last = &samples[2U * pair];
        to->re = windowed(last[0], last[1], eb_window[at]);
        at += step;
        to->im = windowed(last[1], last[2], eb_window[at]);
        at += step;
        place = next_reversed(place);
    }
}

static void butterfly(struct bin *upper, struct bin *lower, struct bin by)
{
    struct bin from = *upper;
    upper->re = from.re + by.re;
    upper->im = from.im + by.im;
    lower->re = from.re - by.re;
    lower->im = from.im - by.im;
}

static void transform(void)
{
    uint32_t span;
    for (span = 1U; span < POINTS; span *= 2U) {
        uint32_t first;
        uint32_t index;
        for (index = 0U; index < POINTS; index += 2U * span) {
            butterfly(&bins[index], &bins[index + span], bins[index + span]);
        }
        for (first = 1U; first < span; first++) {
            uint32_t angle = first * (POINTS / span);
            for (index = first; index < POINTS; index += 2U * span) {
                struct bin *lower = &bins[index + span];
                butterfly(&bins[index], lower, turned(*lower, angle));
            }
        }
    }
}

static void add_power(uint32_t index, int32_t re, int32_t im)
{
    uint64_t squares = (uint64_t)((int64_t)re * re) + (uint64_t)((int64_t)im * im);
    uint64_t power = squares >> POWER_SHIFT;
    uint64_t rising = power * eb_mel_rising[index];
    uint32_t band = eb_mel_upper[index];
    energies[band] += (power << Q15) - rising;
    energies[band + 1U] += rising;
}

/* Powers of the real samples' spectrum, from the transform of their pairs, into bands. */
static void add_powers(void)
{
    uint32_t index;
    (void)memset(energies, 0, sizeof(energies));
    for (index = 1U; index <= QUARTER; index++) {
        const struct bin here = bins[index];
        const struct bin there = bins[POINTS - index];
        struct bin even;
        struct bin odd;
        even.re = (here.re + there.re) >> 1;
        even.im = (here.im - there.im) >> 1;
        odd.re = (here.im + there.im) >> 1;
        odd.im = (there.re - here.re) >> 1;
        odd = turned(odd, index);
        add_power(index, even.re + odd.re, even.im + odd.im);
        if (index != QUARTER) {
            add_power(POINTS - index, even.re - odd.re, even.im - odd.im);
        }
    }
}

/* How many thresholds an energy reaches, by halves: there are 255, which do not fall. */
static int8_t quantized(uint64_t energy)
{
    uint32_t reached = 0U;
    uint32_t step;
    for (step = 128U; step != 0U; step /= 2U) {
        if (energy >= eb_feature_thresholds[reached + step - 1U]) {
            reached += step;
        }
    }
    return (int8_t)((int32_t)reached + INT8_MIN);
}

void eb_features_of(const int16_t *samples, int8_t *features)
{
    uint32_t band;
    put_half(before, 0U, 0U, 1U);
    before[0] = before[EB_HOP_SAMPLES];
    (void)memcpy(&before[1], samples, EB_HOP_SAMPLES * sizeof(int16_t));
    put_half(before, SECOND_HALF, EB_HOP_SAMPLES - 1U, UINT32_MAX);
    transform();
    add_powers();
    for (band = 0U; band < EB_FEATURE_BANDS; band++) {
        features[band] = quantized(energies[band + 1U]);
    }
}
