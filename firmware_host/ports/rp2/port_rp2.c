/* Raspberry Pi Pico (RP2040) and Pico 2 (RP2350, its Arm cores): the crystal's 12 MHz times a PLL,
 * UART0 on GP0 and GP1, the microsecond timer, GP2 as the marker. The chips differ in addresses,
 * which are in eb_chip.h of each. Source: Raspberry Pi's datasheets of both.
 *
 * Built, not yet run on silicon.
 */
#include <stdbool.h>
#include <stdint.h>

#include "eb_chip.h"
#include "eb_cortex_m.h"
#include "eb_device.h"
#include "eb_port.h"

#define SET 0x2000U   /* an alias of each register: ones are set */
#define CLEAR 0x3000U /* ones are cleared */

#define RESETS_DONE (RESETS + 0x8U)

#define XOSC_CTRL (XOSC + 0x00U)
#define XOSC_STATUS (XOSC + 0x04U)
#define XOSC_STARTUP (XOSC + 0x0CU)
#define XOSC_ON 0x00FABAA0U
#define XOSC_STABLE EB_BIT(31)

#define PLL_CS (PLL_SYS + 0x0U)
#define PLL_PWR (PLL_SYS + 0x4U)
#define PLL_FBDIV (PLL_SYS + 0x8U)
#define PLL_PRIM (PLL_SYS + 0xCU)
#define PLL_LOCKED EB_BIT(31)
#define PLL_TIMES 125U /* 12 MHz x 125 = 1500 MHz, divided by eb_chip.h's PLL_DIVIDERS */

#define CLK_REF_CTRL (CLOCKS + 0x30U)
#define CLK_REF_SELECTED (CLOCKS + 0x38U)
#define CLK_SYS_CTRL (CLOCKS + 0x3CU)
#define CLK_SYS_SELECTED (CLOCKS + 0x44U)
#define CLK_PERI_CTRL (CLOCKS + 0x48U)
#define PERI_IS_SYS EB_BIT(11)

#define PIN_FUNCTION(pin) (IO_BANK0 + (8U * (pin)) + 4U)
#define PIN_PAD(pin) (PADS_BANK0 + 4U + (4U * (pin)))
#define PAD_OUTPUT 0x52U /* 4 mA, input buffer on */
#define PAD_INPUT_PULLED_UP 0x5AU
#define FUNCTION_UART 2U
#define FUNCTION_SIO 5U
#define TX_PIN 0U
#define RX_PIN 1U
#define MARKER 2U

#define UART_DR (UART0 + 0x00U)
#define UART_FR (UART0 + 0x18U)
#define UART_IBRD (UART0 + 0x24U)
#define UART_FBRD (UART0 + 0x28U)
#define UART_LCR_H (UART0 + 0x2CU)
#define UART_CR (UART0 + 0x30U)
#define UART_IMSC (UART0 + 0x38U)
#define UART_ICR (UART0 + 0x44U)
#define UART_BUSY EB_BIT(3)
#define UART_NOTHING EB_BIT(4)
#define UART_FULL EB_BIT(5)
#define UART_8N1_WITH_FIFO 0x70U
#define UART_ON 0x301U
#define UART_WHEN_RECEIVED 0x50U /* half full, or silent for a while */
#define UART_ALL 0x7FFU
#define MOST_BAUD 2000000U

const char eb_port_name[] = PORT_NAME;

static struct eb_received received;

void uart_handler(void);

void uart_handler(void)
{
    while ((EB_REGISTER(UART_FR) & UART_NOTHING) == 0U) {
        eb_received_put(&received, EB_REGISTER(UART_DR) & 0xFFU);
    }
    EB_REGISTER(UART_ICR) = UART_ALL;
}

static void out_of_reset(uint32_t bits)
{
    EB_REGISTER(RESETS + CLEAR) = bits;
    eb_wait_for(RESETS_DONE, bits, bits);
}

static void start_clock(void)
{
    EB_REGISTER(CLK_RESUS_CTRL) = 0U;
    EB_REGISTER(XOSC_CTRL) = XOSC_ON & 0xFFFU;
    EB_REGISTER(XOSC_STARTUP) = 47U; /* x 256 periods: a millisecond */
    EB_REGISTER(XOSC_CTRL) = XOSC_ON;
    eb_wait_for(XOSC_STATUS, XOSC_STABLE, XOSC_STABLE);
    EB_REGISTER(CLK_SYS_CTRL + CLEAR) = 1U; /* away from any PLL */
    eb_wait_for(CLK_SYS_SELECTED, 1U, 1U);
    EB_REGISTER(CLK_REF_CTRL + CLEAR) = 3U;
    eb_wait_for(CLK_REF_SELECTED, 1U, 1U);
    EB_REGISTER(RESETS + SET) = RESET_PLL_SYS;
    out_of_reset(RESET_PLL_SYS);
    EB_REGISTER(PLL_CS) = 1U;
    EB_REGISTER(PLL_FBDIV) = PLL_TIMES;
    EB_REGISTER(PLL_PWR + CLEAR) = 0x21U;
    eb_wait_for(PLL_CS, PLL_LOCKED, PLL_LOCKED);
    EB_REGISTER(PLL_PRIM) = PLL_DIVIDERS;
    EB_REGISTER(PLL_PWR + CLEAR) = 0x08U;
    EB_REGISTER(CLK_REF_CTRL + SET) = 2U;
    eb_wait_for(CLK_REF_SELECTED, 4U, 4U);
    EB_REGISTER(CLK_SYS_CTRL + CLEAR) = 7U << 5;
    EB_REGISTER(CLK_SYS_CTRL + SET) = 1U;
    eb_wait_for(CLK_SYS_SELECTED, 2U, 2U);
    EB_REGISTER(CLK_PERI_CTRL) = PERI_IS_SYS;
}

static void start_pins(void)
{
    EB_REGISTER(PIN_FUNCTION(TX_PIN)) = FUNCTION_UART;
    EB_REGISTER(PIN_FUNCTION(RX_PIN)) = FUNCTION_UART;
    EB_REGISTER(PIN_FUNCTION(MARKER)) = FUNCTION_SIO;
    EB_REGISTER(SIO_OUT_SET) = EB_BIT(MARKER);
    EB_REGISTER(SIO_OE_SET) = EB_BIT(MARKER);
    EB_REGISTER(PIN_PAD(TX_PIN)) = PAD_OUTPUT;
    EB_REGISTER(PIN_PAD(RX_PIN)) = PAD_INPUT_PULLED_UP;
    EB_REGISTER(PIN_PAD(MARKER)) = PAD_OUTPUT;
}

void eb_port_init(void)
{
    start_clock();
    out_of_reset(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_TIMER | RESET_UART0);
    eb_chip_start_ticks();
    EB_REGISTER(TIMER_DBGPAUSE) = 0U;
    start_pins();
    eb_port_set_baud(EB_PORT_FIRST_BAUD);
    eb_interrupt_enable(UART_IRQ);
}

int32_t eb_port_read(void)
{
    return eb_received_get(&received);
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t index = 0U; index < count; index++) {
        eb_wait_for(UART_FR, UART_FULL, 0U);
        EB_REGISTER(UART_DR) = bytes[index];
    }
}

void eb_port_flush(void)
{
    eb_wait_for(UART_FR, UART_BUSY, 0U);
}

uint32_t eb_port_time_us(void)
{
    return EB_REGISTER(TIMER_LOW);
}

bool eb_port_can_baud(uint32_t baud)
{
    return (baud >= 300U) && (baud <= MOST_BAUD);
}

void eb_port_set_baud(uint32_t baud)
{
    /* The divider has six bits behind the point; it is taken when LCR_H is written. */
    uint32_t divider = ((8U * CLOCK_HZ) / baud) + 1U;
    EB_REGISTER(UART_CR) = 0U;
    EB_REGISTER(UART_IBRD) = divider >> 7;
    EB_REGISTER(UART_FBRD) = (divider & 0x7FU) >> 1;
    EB_REGISTER(UART_LCR_H) = UART_8N1_WITH_FIFO;
    EB_REGISTER(UART_CR) = UART_ON;
    EB_REGISTER(UART_IMSC) = UART_WHEN_RECEIVED;
}

void eb_port_mark(void)
{
    uint32_t began_us = eb_port_time_us();
    EB_REGISTER(SIO_OUT_CLR) = EB_BIT(MARKER);
    while ((eb_port_time_us() - began_us) < 2U) {
    }
    EB_REGISTER(SIO_OUT_SET) = EB_BIT(MARKER);
}

int main(void)
{
    eb_device_run();
}
