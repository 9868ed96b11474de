/* Where windows meet the input, along one axis. */
#ifndef EB_WINDOWS_H
#define EB_WINDOWS_H

#include <stdint.h>

/* Places from `first` to before `end`; none where they are equal. */
struct eb_span {
    int32_t first;
    int32_t end;
};

/* The taps that lie within an input of so many places; the first tap is at `start`, which may lie
 * outside. */
static inline struct eb_span eb_taps_inside(int32_t start, int32_t taps, int32_t dilation,
                                            int32_t size)
{
    struct eb_span span;
    span.first = 0;
    span.end = taps;
    while ((span.first < span.end) && ((start + (span.first * dilation)) < 0)) {
        span.first++;
    }
    while ((span.first < span.end) && ((start + ((span.end - 1) * dilation)) >= size)) {
        span.end--;
    }
    return span;
}

/* The outputs, of so many, that have all taps inside; `reach` is from a window's first tap to
 * behind its last one. */
static inline struct eb_span eb_outputs_inside(int32_t outputs, int32_t stride, int32_t pad,
                                               int32_t reach, int32_t size)
{
    struct eb_span span;
    span.first = 0;
    span.end = outputs;
    while ((span.first < span.end) && ((span.first * stride) < pad)) {
        span.first++;
    }
    while ((span.first < span.end) && (((((span.end - 1) * stride) - pad) + reach) > size)) {
        span.end--;
    }
    return span;
}

#endif
