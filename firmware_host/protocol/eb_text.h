/* Answers as text, without a C library's printf. All of it goes to eb_port_write. */
#ifndef EB_TEXT_H
#define EB_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* End of a line, as the protocol writes it. */
#define EB_TEXT_EOL "\r\n"

/* Write text up to its NUL. */
void eb_text_put(const char *text);

/* Write a number in decimal digits. */
void eb_text_unsigned(uint32_t value);

/* Write a line that refuses a command: e-[why]. */
void eb_text_refuse(const char *why);

/* Write a line of text and a number. */
void eb_text_count(const char *what, uint32_t count);

/* Write two lower-case digits for each of `count` bytes. */
void eb_text_hex(const uint8_t *bytes, uint32_t count);

/* Write eight lower-case digits. */
void eb_text_hex32(uint32_t value);

/* Write a real value with six digits behind the point, rounded to the nearest; "nan" for what is no
 * number or not within +-9.0e12. */
void eb_text_real(float value);

/* Whether two texts are the same. */
bool eb_text_equal(const char *left, const char *right);

/* Read a decimal number; return false and leave *value alone if text is none below 2^32. */
bool eb_text_to_unsigned(const char *text, uint32_t *value);

/* Return the value of a hexadecimal digit, or -1. */
int32_t eb_text_hex_digit(char digit);

#endif
