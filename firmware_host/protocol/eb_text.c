#include "eb_text.h"

#include "eb_port.h"

#define DIGITS_OF_UINT32 10U
#define REAL_DIGITS 6U
#define REAL_UNIT 1000000.0F
/* Beyond this a value times REAL_UNIT would not fit an int64. */
#define REAL_LIMIT 9.0e12F

static const char hex_digits[] = "0123456789abcdef";

void eb_text_put(const char *text)
{
    uint32_t length = 0U;
    while (text[length] != '\0') {
        length++;
    }
    eb_port_write((const uint8_t *)text, length);
}

/* Write a number with leading zeros up to a width. */
static void put_decimal(uint64_t value, uint32_t width)
{
    uint8_t digits[20];
    uint32_t count = 0U;
    uint64_t rest = value;
    do {
        count++;
        digits[sizeof(digits) - count] = (uint8_t)hex_digits[rest % 10U];
        rest /= 10U;
    } while ((rest != 0U) || (count < width));
    eb_port_write(&digits[sizeof(digits) - count], count);
}

void eb_text_unsigned(uint32_t value)
{
    put_decimal(value, 1U);
}

void eb_text_hex(const uint8_t *bytes, uint32_t count)
{
    uint32_t index;
    for (index = 0U; index < count; index++) {
        uint8_t pair[2];
        pair[0] = (uint8_t)hex_digits[bytes[index] >> 4];
        pair[1] = (uint8_t)hex_digits[bytes[index] & 0x0FU];
        eb_port_write(pair, sizeof(pair));
    }
}

void eb_text_hex32(uint32_t value)
{
    uint8_t bytes[4];
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
    eb_text_hex(bytes, sizeof(bytes));
}

void eb_text_real(float value)
{
    float size = value;
    uint64_t scaled;
    if (!((value < REAL_LIMIT) && (value > -REAL_LIMIT))) {
        eb_text_put("nan");
        return;
    }
    if (value < 0.0F) {
        eb_text_put("-");
        size = -value;
    }
    scaled = (uint64_t)((size * REAL_UNIT) + 0.5F);
    put_decimal(scaled / (uint64_t)REAL_UNIT, 1U);
    eb_text_put(".");
    put_decimal(scaled % (uint64_t)REAL_UNIT, REAL_DIGITS);
}

bool eb_text_equal(const char *left, const char *right)
{
    uint32_t index = 0U;
    while ((left[index] != '\0') && (left[index] == right[index])) {
        index++;
    }
    return left[index] == right[index];
}

bool eb_text_to_unsigned(const char *text, uint32_t *value)
{
    uint64_t total = 0U;
    uint32_t index = 0U;
    while ((text[index] >= '0') && (text[index] <= '9') && (index < DIGITS_OF_UINT32)) {
        total = (total * 10U) + (uint64_t)(text[index] - '0');
        index++;
    }
    if ((index == 0U) || (text[index] != '\0') || (total > UINT32_MAX)) {
        return false;
    }
    *value = (uint32_t)total;
    return true;
}

int32_t eb_text_hex_digit(char digit)
{
    int32_t value = -1;
    if ((digit >= '0') && (digit <= '9')) {
        value = digit - '0';
    } else if ((digit >= 'a') && (digit <= 'f')) {
        value = (digit - 'a') + 10;
    } else if ((digit >= 'A') && (digit <= 'F')) {
        value = (digit - 'A') + 10;
    } else {
        /* no digit */
    }
    return value;
}

void eb_text_refuse(const char *why)
{
    eb_text_put("e-[");
    eb_text_put(why);
    eb_text_put("]" EB_TEXT_EOL);
}

void eb_text_count(const char *what, uint32_t count)
{
    eb_text_put(what);
    eb_text_unsigned(count);
    eb_text_put(EB_TEXT_EOL);
}
