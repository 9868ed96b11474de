/* RP2350. Source: its datasheet. */
#ifndef EB_CHIP_H
#define EB_CHIP_H

#include <stdint.h>

#include "eb_cortex_m.h"

#define CLOCK_HZ 150000000U
#define PLL_DIVIDERS 0x00052000U /* by 5 and by 2 */

#define CLOCKS 0x40010000U
#define CLK_RESUS_CTRL (CLOCKS + 0x84U)
#define RESETS 0x40020000U
#define IO_BANK0 0x40028000U
#define PADS_BANK0 0x40038000U
#define XOSC 0x40048000U
#define PLL_SYS 0x40050000U
#define UART0 0x40070000U
#define TIMER_LOW 0x400B0028U
#define TIMER_DBGPAUSE 0x400B002CU

#define RESET_IO_BANK0 EB_BIT(6)
#define RESET_PADS_BANK0 EB_BIT(9)
#define RESET_PLL_SYS EB_BIT(14)
#define RESET_TIMER EB_BIT(23)
#define RESET_UART0 EB_BIT(26)

#define SIO_OUT_SET 0xD0000018U
#define SIO_OUT_CLR 0xD0000020U
#define SIO_OE_SET 0xD0000038U

/* A tick a microsecond, from 12 MHz. */
static inline void eb_chip_start_ticks(void)
{
    EB_REGISTER(0x4010801CU) = 12U;
    EB_REGISTER(0x40108018U) = 1U;
}

#endif
