#include "eb_numbers.h"

#include "eb_text.h"

#define PER_LINE 16U

void eb_numbers_put(int32_t value)
{
    if (value < 0) {
        eb_text_put("-");
        eb_text_unsigned(0U - (uint32_t)value);
    } else {
        eb_text_unsigned((uint32_t)value);
    }
}

static void put_in_list(int32_t value, uint32_t index, uint32_t count)
{
    eb_numbers_put(value);
    if (index != (count - 1U)) {
        eb_text_put(", ");
        if ((index % PER_LINE) == (PER_LINE - 1U)) {
            eb_text_put(EB_TEXT_EOL);
        }
    }
}

void eb_numbers_int8(const int8_t *values, uint32_t count)
{
    uint32_t index;
    eb_text_put("[");
    for (index = 0U; index < count; index++) {
        put_in_list((int32_t)values[index], index, count);
    }
    eb_text_put("]" EB_TEXT_EOL);
}

void eb_numbers_int16(const int16_t *values, uint32_t count)
{
    uint32_t index;
    eb_text_put("[");
    for (index = 0U; index < count; index++) {
        put_in_list((int32_t)values[index], index, count);
    }
    eb_text_put("]" EB_TEXT_EOL);
}

void eb_numbers_line(const char *name, const int8_t *values, uint32_t count)
{
    uint32_t index;
    eb_text_put(name);
    eb_text_put("[");
    for (index = 0U; index < count; index++) {
        if (index != 0U) {
            eb_text_put(", ");
        }
        eb_numbers_put((int32_t)values[index]);
    }
    eb_text_put("]" EB_TEXT_EOL);
}
