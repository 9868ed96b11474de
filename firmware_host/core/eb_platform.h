/* What the firmware asks of a processor and a compiler. */
#ifndef EB_PLATFORM_H
#define EB_PLATFORM_H

#include <limits.h>
#include <stdint.h>

/* The kernels multiply int8_t and int16_t as int, and sum in int32_t. */
#if defined(INT_MAX) && (INT_MAX < 2147483647)
#error "edgebench: int must have 32 bits; 8-bit and 16-bit processors are not supported"
#endif

/* Packed weights are read by words, and int16 outputs leave as little-endian bytes. */
#if defined(__BYTE_ORDER__) && defined(__ORDER_LITTLE_ENDIAN__)
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "edgebench: the processor must be little-endian"
#endif
#elif defined(__ARMEB__) || defined(__BIG_ENDIAN__) || defined(__MIPSEB__)
#error "edgebench: the processor must be little-endian"
#endif

/* Rounding shifts negative numbers to the right. */
#if (-3 >> 1) != -2
#error "edgebench: a right shift must keep the sign"
#endif

/* Kernels may read whole words of activations and weights. C99 has no word for alignment; where a
 * compiler has another one, what is left out here costs speed or, on a processor without unaligned
 * accesses, a fault. */
#if defined(__GNUC__)
#define EB_ALIGNED_4 __attribute__((aligned(4)))
#else
#define EB_ALIGNED_4
#endif

/* A function that another one of the same name takes the place of. Where a compiler has no word for
 * it, a port with audio leaves eb_port_defaults.c out. */
#if defined(__GNUC__)
#define EB_WEAK __attribute__((weak))
#else
#define EB_WEAK
#endif

#endif
