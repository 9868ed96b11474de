/* STM32L4R5 on a NUCLEO-L4R5ZI: 120 MHz from HSI16, LPUART1 on the ST-LINK's serial port, TIM2
 * counts microseconds, PA5 (Arduino D13) is the marker. Source: ST's RM0432.
 *
 * Built, not yet run on silicon.
 */
#include <stdbool.h>
#include <stdint.h>

#include "eb_cortex_m.h"
#include "eb_device.h"
#include "eb_port.h"

#define CLOCK_HZ 120000000U

#define RCC 0x40021000U
#define RCC_CR (RCC + 0x00U)
#define RCC_CFGR (RCC + 0x08U)
#define RCC_PLLCFGR (RCC + 0x0CU)
#define RCC_AHB2ENR (RCC + 0x4CU)
#define RCC_APB1ENR1 (RCC + 0x58U)
#define RCC_APB1ENR2 (RCC + 0x5CU)
#define HSI_ON EB_BIT(8)
#define HSI_READY EB_BIT(10)
#define PLL_ON EB_BIT(24)
#define PLL_READY EB_BIT(25)
/* HSI16 / 2 x 30 / 2 = 120 MHz, its output switched on */
#define PLL_120_MHZ 0x01001E12U
#define SYSTEM_IS_PLL 3U
#define SYSTEM_HALVED (8U << 4)

#define FLASH_ACR 0x40022000U
#define FLASH_5_WAITS_AND_CACHES (5U | EB_BIT(8) | EB_BIT(9) | EB_BIT(10))
#define PWR_CR2 0x40007004U
#define PWR_IO_PORT_G EB_BIT(9)
#define PWR_CR5 0x40007080U
#define PWR_NOT_BOOST EB_BIT(8)

#define GPIOA 0x48000000U
#define GPIOG 0x48001800U
#define GPIO_MODER 0x00U
#define GPIO_BSRR 0x18U
#define GPIO_AFRL 0x20U
#define GPIO_AFRH 0x24U
#define MARKER 5U

#define LPUART1 0x40008000U
#define UART_CR1 (LPUART1 + 0x00U)
#define UART_CR3 (LPUART1 + 0x08U)
#define UART_BRR (LPUART1 + 0x0CU)
#define UART_ISR (LPUART1 + 0x1CU)
#define UART_ICR (LPUART1 + 0x20U)
#define UART_RDR (LPUART1 + 0x24U)
#define UART_TDR (LPUART1 + 0x28U)
#define UART_ON \
    (EB_BIT(0) | EB_BIT(2) | EB_BIT(3) | EB_BIT(5)) /* with an interrupt a received byte */
#define UART_NO_OVERRUN EB_BIT(12)
#define UART_RECEIVED EB_BIT(5)
#define UART_SENT EB_BIT(6)
#define UART_ROOM EB_BIT(7)
#define UART_ERRORS 0x0FU
#define LEAST_BAUD 30000U /* 256 x clock / baud has 20 bits */
#define MOST_BAUD 2000000U

#define TIM2 0x40000000U
#define TIM_CR1 (TIM2 + 0x00U)
#define TIM_EGR (TIM2 + 0x14U)
#define TIM_CNT (TIM2 + 0x24U)
#define TIM_PSC (TIM2 + 0x28U)
#define TIM_ARR (TIM2 + 0x2CU)

const char eb_port_name[] = PORT_NAME;

static struct eb_received received;

void uart_handler(void);

void uart_handler(void)
{
    if ((EB_REGISTER(UART_ISR) & UART_RECEIVED) != 0U) {
        eb_received_put(&received, EB_REGISTER(UART_RDR));
    }
    EB_REGISTER(UART_ICR) = UART_ERRORS;
}

static void start_clock(void)
{
    EB_REGISTER(RCC_APB1ENR1) |= EB_BIT(28); /* PWR */
    (void)EB_REGISTER(RCC_APB1ENR1);
    EB_REGISTER(PWR_CR5) &= ~PWR_NOT_BOOST;
    EB_REGISTER(RCC_CR) |= HSI_ON;
    eb_wait_for(RCC_CR, HSI_READY, HSI_READY);
    EB_REGISTER(RCC_CR) &= ~PLL_ON;
    eb_wait_for(RCC_CR, PLL_READY, 0U);
    EB_REGISTER(RCC_PLLCFGR) = PLL_120_MHZ;
    EB_REGISTER(RCC_CR) |= PLL_ON;
    eb_wait_for(RCC_CR, PLL_READY, PLL_READY);
    EB_REGISTER(FLASH_ACR) = FLASH_5_WAITS_AND_CACHES;
    eb_wait_for(FLASH_ACR, 0xFU, 5U);
    /* Above 80 MHz the clock is raised in two steps, a microsecond apart. */
    EB_REGISTER(RCC_CFGR) = SYSTEM_HALVED | SYSTEM_IS_PLL;
    eb_wait_for(RCC_CFGR, 0xCU, SYSTEM_IS_PLL << 2);
    for (volatile uint32_t wait = 0U; wait < 100U; wait++) {
    }
    EB_REGISTER(RCC_CFGR) = SYSTEM_IS_PLL;
}

static void start_pins(void)
{
    EB_REGISTER(RCC_AHB2ENR) |= EB_BIT(0) | EB_BIT(6);
    (void)EB_REGISTER(RCC_AHB2ENR);
    EB_REGISTER(PWR_CR2) |= PWR_IO_PORT_G;
    EB_REGISTER(GPIOG + GPIO_AFRL) = (EB_REGISTER(GPIOG + GPIO_AFRL) & 0x0FFFFFFFU) | (8U << 28);
    EB_REGISTER(GPIOG + GPIO_AFRH) = (EB_REGISTER(GPIOG + GPIO_AFRH) & ~0xFU) | 8U;
    EB_REGISTER(GPIOG + GPIO_MODER) =
        (EB_REGISTER(GPIOG + GPIO_MODER) & ~((3U << 14) | (3U << 16))) | (2U << 14) | (2U << 16);
    EB_REGISTER(GPIOA + GPIO_BSRR) = EB_BIT(MARKER);
    EB_REGISTER(GPIOA + GPIO_MODER) =
        (EB_REGISTER(GPIOA + GPIO_MODER) & ~(3U << (2U * MARKER))) | (1U << (2U * MARKER));
}

void eb_port_init(void)
{
    start_clock();
    start_pins();
    EB_REGISTER(RCC_APB1ENR1) |= EB_BIT(0); /* TIM2 */
    EB_REGISTER(RCC_APB1ENR2) |= EB_BIT(0); /* LPUART1 */
    (void)EB_REGISTER(RCC_APB1ENR2);
    EB_REGISTER(TIM_PSC) = (CLOCK_HZ / 1000000U) - 1U;
    EB_REGISTER(TIM_ARR) = 0xFFFFFFFFU;
    EB_REGISTER(TIM_EGR) = 1U;
    EB_REGISTER(TIM_CR1) = 1U;
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
        eb_wait_for(UART_ISR, UART_ROOM, UART_ROOM);
        EB_REGISTER(UART_TDR) = bytes[index];
    }
}

void eb_port_flush(void)
{
    eb_wait_for(UART_ISR, UART_SENT, UART_SENT);
}

uint32_t eb_port_time_us(void)
{
    return EB_REGISTER(TIM_CNT);
}

bool eb_port_can_baud(uint32_t baud)
{
    return (baud >= LEAST_BAUD) && (baud <= MOST_BAUD);
}

void eb_port_set_baud(uint32_t baud)
{
    EB_REGISTER(UART_CR1) = 0U;
    EB_REGISTER(UART_BRR) = (uint32_t)(((256ULL * CLOCK_HZ) + (baud / 2U)) / baud);
    EB_REGISTER(UART_CR3) = UART_NO_OVERRUN;
    EB_REGISTER(UART_CR1) = UART_ON;
}

void eb_port_mark(void)
{
    uint32_t began_us = eb_port_time_us();
    EB_REGISTER(GPIOA + GPIO_BSRR) = EB_BIT(MARKER + 16U);
    while ((eb_port_time_us() - began_us) < 2U) {
    }
    EB_REGISTER(GPIOA + GPIO_BSRR) = EB_BIT(MARKER);
}

int main(void)
{
    eb_device_run();
}
