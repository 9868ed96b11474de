/* Answers as text, without a C library's printf. */
#ifndef EB_TEXT_H
#define EB_TEXT_H

#include <stdint.h>

/* End of a line, as the protocol writes it. */
#define EB_TEXT_EOL "\r\n"

void eb_text_put(const char *text);
void eb_text_unsigned(uint32_t value);

/* Two lower-case digits a byte. */
void eb_text_hex(const uint8_t *bytes, uint32_t count);
void eb_text_hex32(uint32_t value);

/* A real value with six digits behind the point; "nan" for what is none. */
void eb_text_real(float value);

/* Whether two texts are the same. */
int32_t eb_text_equal(const char *left, const char *right);

/* Read a decimal number; return 0 and leave *value alone if text is none below 2^32. */
int32_t eb_text_to_unsigned(const char *text, uint32_t *value);

/* Return the value of a hexadecimal digit, or -1. */
int32_t eb_text_hex_digit(char digit);

#endif
