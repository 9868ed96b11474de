/* nRF52840 on a nRF52840-DK: 64 MHz with the crystal, UART0 on the debug probe's serial port
 * (P0.06 out, P0.08 in), TIMER0 counts microseconds, P0.26 is the marker. Source: Nordic's
 * nRF52840 product specification.
 *
 * Built, not yet run on silicon.
 */
#include <stdbool.h>
#include <stdint.h>

#include "eb_cortex_m.h"
#include "eb_device.h"
#include "eb_port.h"

#define CLOCK_START 0x40000000U
#define CLOCK_STARTED 0x40000100U
#define APPROTECT_DISABLE 0x40000558U
#define UICR_APPROTECT 0x10001208U
#define ICACHE 0x4001E540U

#define UART0 0x40002000U
#define UART_START_RX (UART0 + 0x000U)
#define UART_START_TX (UART0 + 0x008U)
#define UART_RECEIVED (UART0 + 0x108U)
#define UART_SENT (UART0 + 0x11CU)
#define UART_ERROR (UART0 + 0x124U)
#define UART_INTERRUPTS (UART0 + 0x304U)
#define UART_ERRORS (UART0 + 0x480U)
#define UART_ENABLE (UART0 + 0x500U)
#define UART_PIN_TX (UART0 + 0x50CU)
#define UART_PIN_RX (UART0 + 0x514U)
#define UART_RXD (UART0 + 0x518U)
#define UART_TXD (UART0 + 0x51CU)
#define UART_BAUD (UART0 + 0x524U)
#define UART_IS_UART 4U

#define TIMER0 0x40008000U
#define TIMER_START (TIMER0 + 0x000U)
#define TIMER_CAPTURE (TIMER0 + 0x040U)
#define TIMER_BITMODE (TIMER0 + 0x508U)
#define TIMER_PRESCALER (TIMER0 + 0x510U)
#define TIMER_CC (TIMER0 + 0x540U)
#define TIMER_32_BITS 3U
#define TIMER_1_MHZ 4U

#define P0_OUTSET 0x50000508U
#define P0_OUTCLR 0x5000050CU
#define P0_DIRSET 0x50000518U
#define P0_PIN_CNF 0x50000700U
#define TX_PIN 6U
#define RX_PIN 8U
#define MARKER 26U
#define INPUT_WITH_PULL_UP 0x0CU

struct rate {
    uint32_t baud;
    uint32_t setting;
};

static const struct rate rates[] = {
    {9600U, 0x00275000U},   {57600U, 0x00EBF000U},  {115200U, 0x01D7E000U},
    {230400U, 0x03AFB000U}, {460800U, 0x075F7000U}, {1000000U, 0x10000000U},
};

const char eb_port_name[] = PORT_NAME;

static struct eb_received received;
static bool is_sending;

void uart_handler(void);

void uart_handler(void)
{
    while (EB_REGISTER(UART_RECEIVED) != 0U) {
        EB_REGISTER(UART_RECEIVED) = 0U;
        (void)EB_REGISTER(UART_RECEIVED);
        eb_received_put(&received, EB_REGISTER(UART_RXD));
    }
    if (EB_REGISTER(UART_ERROR) != 0U) {
        EB_REGISTER(UART_ERROR) = 0U;
        EB_REGISTER(UART_ERRORS) = EB_REGISTER(UART_ERRORS);
    }
}

static uint32_t setting_of(uint32_t baud)
{
    for (uint32_t index = 0U; index < (sizeof(rates) / sizeof(rates[0])); index++) {
        if (rates[index].baud == baud) {
            return rates[index].setting;
        }
    }
    return 0U;
}

void eb_port_init(void)
{
    /* Newer chips lock their debug port at each reset, unless this is done. */
    EB_REGISTER(APPROTECT_DISABLE) = EB_REGISTER(UICR_APPROTECT);
    EB_REGISTER(CLOCK_STARTED) = 0U;
    EB_REGISTER(CLOCK_START) = 1U;
    while (EB_REGISTER(CLOCK_STARTED) == 0U) {
    }
    EB_REGISTER(ICACHE) = 1U;
    EB_REGISTER(TIMER_BITMODE) = TIMER_32_BITS;
    EB_REGISTER(TIMER_PRESCALER) = TIMER_1_MHZ;
    EB_REGISTER(TIMER_START) = 1U;
    EB_REGISTER(P0_OUTSET) = EB_BIT(TX_PIN) | EB_BIT(MARKER);
    EB_REGISTER(P0_DIRSET) = EB_BIT(TX_PIN) | EB_BIT(MARKER);
    EB_REGISTER(P0_PIN_CNF + (4U * RX_PIN)) = INPUT_WITH_PULL_UP;
    EB_REGISTER(UART_PIN_TX) = TX_PIN;
    EB_REGISTER(UART_PIN_RX) = RX_PIN;
    EB_REGISTER(UART_BAUD) = setting_of(EB_PORT_FIRST_BAUD);
    EB_REGISTER(UART_ENABLE) = UART_IS_UART;
    EB_REGISTER(UART_INTERRUPTS) = EB_BIT(2) | EB_BIT(9);
    EB_REGISTER(UART_START_RX) = 1U;
    EB_REGISTER(UART_START_TX) = 1U;
    eb_interrupt_enable(UART_IRQ);
}

int32_t eb_port_read(void)
{
    return eb_received_get(&received);
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t index = 0U; index < count; index++) {
        eb_port_flush();
        EB_REGISTER(UART_TXD) = bytes[index];
        is_sending = true;
    }
}

void eb_port_flush(void)
{
    if (is_sending) {
        while (EB_REGISTER(UART_SENT) == 0U) {
        }
        EB_REGISTER(UART_SENT) = 0U;
        is_sending = false;
    }
}

uint32_t eb_port_time_us(void)
{
    EB_REGISTER(TIMER_CAPTURE) = 1U;
    return EB_REGISTER(TIMER_CC);
}

bool eb_port_can_baud(uint32_t baud)
{
    return setting_of(baud) != 0U;
}

void eb_port_set_baud(uint32_t baud)
{
    EB_REGISTER(UART_BAUD) = setting_of(baud);
}

void eb_port_mark(void)
{
    uint32_t began_us = eb_port_time_us();
    EB_REGISTER(P0_OUTCLR) = EB_BIT(MARKER);
    while ((eb_port_time_us() - began_us) < 2U) {
    }
    EB_REGISTER(P0_OUTSET) = EB_BIT(MARKER);
}

int main(void)
{
    eb_device_run();
}
