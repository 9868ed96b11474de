/* What a port without audio need not have. */
#include "eb_platform.h"
#include "eb_port.h"

EB_WEAK bool eb_port_audio_start(void)
{
    return false;
}

EB_WEAK void eb_port_audio_stop(void)
{
}

EB_WEAK bool eb_port_audio_read(int16_t *samples, uint32_t count)
{
    (void)samples;
    (void)count;
    return false;
}

EB_WEAK void eb_port_set_detected(bool is_high)
{
    (void)is_high;
}

EB_WEAK void eb_port_set_processing(bool is_high)
{
    (void)is_high;
}
