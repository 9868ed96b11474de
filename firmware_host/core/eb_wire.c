#include "eb_wire.h"

#include <string.h>

#include "eb_platform.h"
#include "eb_samples.h"

#if EB_INPUT_WIRE == EB_WIRE_REAL

EB_ALIGNED_4 static uint8_t real_bytes[EB_WIRE_BYTES];

float eb_wire_real(uint32_t index)
{
    float value;
    (void)memcpy(&value, &real_bytes[index * 4U], sizeof(value));
    return value;
}

/* Round halves away from zero, as the reference firmware does; what is no number is the least. */
static int8_t quantized(float value)
{
    const float most = 512.0F; /* beyond int8 whatever the zero point is */
    float steps = value / EB_MODEL_INPUT_SCALE;
    int32_t number;
    if (!(steps > -most)) {
        steps = -most;
    } else if (steps > most) {
        steps = most;
    } else {
        /* it can be converted */
    }
    number = (int32_t)(steps + ((steps < 0.0F) ? -0.5F : 0.5F)) + EB_MODEL_INPUT_ZERO_POINT;
    if (number < INT8_MIN) {
        number = INT8_MIN;
    } else if (number > INT8_MAX) {
        number = INT8_MAX;
    } else {
        /* it is in range */
    }
    return (int8_t)number;
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
