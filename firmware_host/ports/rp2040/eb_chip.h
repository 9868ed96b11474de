/* RP2040. Source: its datasheet. */
#ifndef EB_CHIP_H
#define EB_CHIP_H

#include <stdint.h>

#include "eb_cortex_m.h"

#define CLOCK_HZ 125000000U
#define PLL_DIVIDERS 0x00062000U /* by 6 and by 2 */

#define CLOCKS 0x40008000U
#define CLK_RESUS_CTRL (CLOCKS + 0x78U)
#define RESETS 0x4000C000U
#define IO_BANK0 0x40014000U
#define PADS_BANK0 0x4001C000U
#define XOSC 0x40024000U
#define PLL_SYS 0x40028000U
#define UART0 0x40034000U
#define TIMER_LOW 0x40054028U
#define TIMER_DBGPAUSE 0x4005402CU

#define RESET_IO_BANK0 EB_BIT(5)
#define RESET_PADS_BANK0 EB_BIT(8)
#define RESET_PLL_SYS EB_BIT(12)
#define RESET_TIMER EB_BIT(21)
#define RESET_UART0 EB_BIT(22)

#define SIO_OUT_SET 0xD0000014U
#define SIO_OUT_CLR 0xD0000018U
#define SIO_OE_SET 0xD0000024U

/* A tick a microsecond, from 12 MHz; the watchdog block makes it. */
static inline void eb_chip_start_ticks(void)
{
    EB_REGISTER(0x4005802CU) = 12U | EB_BIT(9);
}

#endif
