/* Lists of numbers as text, the way MLPerf Tiny's streaming reference writes them. */
#ifndef EB_NUMBERS_H
#define EB_NUMBERS_H

#include <stdint.h>

/* Write a number in decimal digits. */
void eb_numbers_put(int32_t value);

/* Write `count` numbers, 0 or more, in brackets, 16 on a line. */
void eb_numbers_int8(const int8_t *values, uint32_t count);
void eb_numbers_int16(const int16_t *values, uint32_t count);

/* Write `count` numbers in brackets on one line, after a name and before its end: m-name-[1, 2]. */
void eb_numbers_line(const char *name, const int8_t *values, uint32_t count);

#endif
