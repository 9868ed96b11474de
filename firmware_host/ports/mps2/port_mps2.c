/* Arm's MPS2 and MPS3 boards, as QEMU emulates them: a CMSDK UART, a CMSDK timer or SysTick.
 *
 * The board's card defines PORT_NAME, UART_BASE, and TIMER_BASE (a CMSDK timer) or
 * SYSTICK (none), and TICKS_PER_US. Nothing here is a time: QEMU models no pipeline, its clock
 * counts instructions.
 */
#include <stdbool.h>
#include <stdint.h>

#include "eb_cortex_m.h"
#include "eb_device.h"
#include "eb_port.h"
#include "port_mps2.h"

#define UART_DATA EB_REGISTER(UART_BASE + 0x00U)
#define UART_STATE EB_REGISTER(UART_BASE + 0x04U)
#define UART_CTRL EB_REGISTER(UART_BASE + 0x08U)
#define UART_BAUDDIV EB_REGISTER(UART_BASE + 0x10U)
#define UART_TX_FULL 1U
#define UART_RX_FULL 2U
#define UART_TX_AND_RX 3U

#ifdef TIMER_BASE
#define COUNTER_CTRL EB_REGISTER(TIMER_BASE + 0x00U)
#define COUNTER_VALUE EB_REGISTER(TIMER_BASE + 0x04U)
#define COUNTER_RELOAD EB_REGISTER(TIMER_BASE + 0x08U)
#define COUNTER_START 1U
#define COUNTER_BITS 32U
#else
#define COUNTER_CTRL EB_REGISTER(0xE000E010U)
#define COUNTER_RELOAD EB_REGISTER(0xE000E014U)
#define COUNTER_VALUE EB_REGISTER(0xE000E018U)
#define COUNTER_START 7U /* it interrupts when it wraps, which is after half a second */
#define COUNTER_BITS 24U
#endif
#define COUNTER_MASK ((uint32_t)((UINT64_C(1) << COUNTER_BITS) - 1U))

const char eb_port_name[] = PORT_NAME;

#ifdef TIMER_BASE
static uint32_t last_value;
static uint64_t wrapped_ticks;
#else
static volatile uint32_t wraps;
#endif

void eb_port_init(void)
{
    UART_BAUDDIV = 16U;
    UART_CTRL = UART_TX_AND_RX;
    COUNTER_CTRL = 0U;
    COUNTER_RELOAD = COUNTER_MASK;
    COUNTER_VALUE = COUNTER_MASK;
    COUNTER_CTRL = COUNTER_START;
#ifdef TIMER_BASE
    last_value = COUNTER_MASK;
#endif
    eb_mps2_audio_begin();
}

int32_t eb_port_read(void)
{
    /* Asking keeps the 64-bit count going: the counter wraps after 171 s. */
    (void)eb_port_time_us();
    eb_mps2_audio_discard();
    return ((UART_STATE & UART_RX_FULL) != 0U) ? (int32_t)(UART_DATA & 0xFFU) : -1;
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t index = 0U; index < count; index++) {
        while ((UART_STATE & UART_TX_FULL) != 0U) {
        }
        UART_DATA = bytes[index];
    }
}

void eb_port_flush(void)
{
    while ((UART_STATE & UART_TX_FULL) != 0U) {
    }
}

#ifdef TIMER_BASE

uint64_t eb_mps2_ticks(void)
{
    uint32_t value = COUNTER_VALUE; /* it counts down */
    wrapped_ticks += last_value - value;
    last_value = value;
    return wrapped_ticks;
}

#else

void systick_handler(void);

void systick_handler(void)
{
    wraps++;
}

uint64_t eb_mps2_ticks(void)
{
    uint32_t before;
    uint32_t value;
    do {
        before = wraps;
        value = COUNTER_VALUE; /* it counts down */
    } while (before != wraps);
    return ((uint64_t)before << COUNTER_BITS) + (COUNTER_MASK - value);
}

#endif

uint32_t eb_port_time_us(void)
{
    return (uint32_t)(eb_mps2_ticks() / TICKS_PER_US);
}

bool eb_port_can_baud(uint32_t baud)
{
    (void)baud;
    return false;
}

void eb_port_set_baud(uint32_t baud)
{
    (void)baud;
}

void eb_port_mark(void)
{
}

int main(void)
{
    eb_device_run();
}
