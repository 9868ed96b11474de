#include "eb_wire.h"

#include <string.h>

#include "eb_fixed_point.h"
#include "eb_platform.h"
#include "eb_rounding.h"
#include "eb_samples.h"

#if EB_INPUT_WIRE == EB_WIRE_REAL

EB_ALIGNED_4 static uint8_t real_bytes[EB_WIRE_BYTES];

float eb_wire_real(uint32_t index)
{
    float value;
    (void)memcpy(&value, &real_bytes[index * 4U], sizeof(value));
    return value;
}

/* Rounded and limited as the reference firmware does it; what is no number is the least. */
static int8_t quantized(float value)
{
    int32_t number = eb_rounded(value / EB_MODEL_INPUT_SCALE) + EB_MODEL_INPUT_ZERO_POINT;
    return (int8_t)eb_clamped(number, INT8_MIN, INT8_MAX);
}

void eb_wire_put(uint32_t index, uint8_t byte)
{
    real_bytes[index] = byte;
    if ((index % 4U) == 3U) {
        eb_samples_writable()[index / 4U] = quantized(eb_wire_real(index / 4U));
    }
}

uint8_t eb_wire_get(uint32_t index)
{
    return real_bytes[index];
}

#else

#if EB_INPUT_WIRE == EB_WIRE_PIXELS
#define FLIPPED 0x80U
#else
#define FLIPPED 0U
#endif

void eb_wire_put(uint32_t index, uint8_t byte)
{
    eb_samples_writable()[index] = (int8_t)(uint8_t)(byte ^ FLIPPED);
}

uint8_t eb_wire_get(uint32_t index)
{
    return (uint8_t)((uint8_t)eb_samples_input()[index] ^ FLIPPED);
}

#endif
