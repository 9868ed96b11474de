/* STM32L4R5 on a NUCLEO-L4R5ZI: 120 MHz from HSI16, LPUART1 on the ST-LINK's serial port, TIM2
 * counts microseconds, PA5 (Arduino D13) is the marker. Source: ST's RM0432.
 *
 * Built, not yet run on silicon.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cortex_m.h"
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
#define HSI_ON BIT(8)
#define HSI_READY BIT(10)
#define PLL_ON BIT(24)
#define PLL_READY BIT(25)
/* HSI16 / 2 x 30 / 2 = 120 MHz, its output switched on */
#define PLL_120_MHZ 0x01001E12U
#define SYSTEM_IS_PLL 3U
#define SYSTEM_HALVED (8U << 4)

#define FLASH_ACR 0x40022000U
#define FLASH_5_WAITS_AND_CACHES (5U | BIT(8) | BIT(9) | BIT(10))
#define PWR_CR2 0x40007004U
#define PWR_IO_PORT_G BIT(9)
#define PWR_CR5 0x40007080U
#define PWR_NOT_BOOST BIT(8)

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
#define UART_ON (BIT(0) | BIT(2) | BIT(3) | BIT(5)) /* with an interrupt a received byte */
#define UART_NO_OVERRUN BIT(12)
#define UART_RECEIVED BIT(5)
#define UART_SENT BIT(6)
#define UART_ROOM BIT(7)
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

static struct received received;

void uart_handler(void);

void uart_handler(void)
{
    if ((REGISTER(UART_ISR) & UART_RECEIVED) != 0U) {
        received_put(&received, REGISTER(UART_RDR));
    }
    REGISTER(UART_ICR) = UART_ERRORS;
}

static void start_clock(void)
{
    REGISTER(RCC_APB1ENR1) |= BIT(28); /* PWR */
    (void)REGISTER(RCC_APB1ENR1);
    REGISTER(PWR_CR5) &= ~PWR_NOT_BOOST;
    REGISTER(RCC_CR) |= HSI_ON;
    wait_for(RCC_CR, HSI_READY, HSI_READY);
    REGISTER(RCC_CR) &= ~PLL_ON;
    wait_for(RCC_CR, PLL_READY, 0U);
    REGISTER(RCC_PLLCFGR) = PLL_120_MHZ;
    REGISTER(RCC_CR) |= PLL_ON;
    wait_for(RCC_CR, PLL_READY, PLL_READY);
    REGISTER(FLASH_ACR) = FLASH_5_WAITS_AND_CACHES;
    wait_for(FLASH_ACR, 0xFU, 5U);
    /* Above 80 MHz the clock is raised in two steps, a microsecond apart. */
    REGISTER(RCC_CFGR) = SYSTEM_HALVED | SYSTEM_IS_PLL;
    wait_for(RCC_CFGR, 0xCU, SYSTEM_IS_PLL << 2);
    for (volatile uint32_t wait = 0U; wait < 100U; wait++) {
    }
    REGISTER(RCC_CFGR) = SYSTEM_IS_PLL;
}

static void start_pins(void)
{
    REGISTER(RCC_AHB2ENR) |= BIT(0) | BIT(6);
    (void)REGISTER(RCC_AHB2ENR);
    REGISTER(PWR_CR2) |= PWR_IO_PORT_G;
    REGISTER(GPIOG + GPIO_AFRL) = (REGISTER(GPIOG + GPIO_AFRL) & 0x0FFFFFFFU) | (8U << 28);
    REGISTER(GPIOG + GPIO_AFRH) = (REGISTER(GPIOG + GPIO_AFRH) & ~0xFU) | 8U;
    REGISTER(GPIOG + GPIO_MODER) =
        (REGISTER(GPIOG + GPIO_MODER) & ~((3U << 14) | (3U << 16))) | (2U << 14) | (2U << 16);
    REGISTER(GPIOA + GPIO_BSRR) = BIT(MARKER);
    REGISTER(GPIOA + GPIO_MODER) =
        (REGISTER(GPIOA + GPIO_MODER) & ~(3U << (2U * MARKER))) | (1U << (2U * MARKER));
}

void eb_port_init(void)
{
    start_clock();
    start_pins();
    REGISTER(RCC_APB1ENR1) |= BIT(0); /* TIM2 */
    REGISTER(RCC_APB1ENR2) |= BIT(0); /* LPUART1 */
    (void)REGISTER(RCC_APB1ENR2);
    REGISTER(TIM_PSC) = (CLOCK_HZ / 1000000U) - 1U;
    REGISTER(TIM_ARR) = 0xFFFFFFFFU;
    REGISTER(TIM_EGR) = 1U;
    REGISTER(TIM_CR1) = 1U;
    eb_port_set_baud(EB_PORT_FIRST_BAUD);
    interrupt_enable(UART_IRQ);
}

int32_t eb_port_read(void)
{
    return received_get(&received);
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t index = 0U; index < count; index++) {
        wait_for(UART_ISR, UART_ROOM, UART_ROOM);
        REGISTER(UART_TDR) = bytes[index];
    }
}

void eb_port_flush(void)
{
    wait_for(UART_ISR, UART_SENT, UART_SENT);
}

uint32_t eb_port_time_us(void)
{
    return REGISTER(TIM_CNT);
}

bool eb_port_can_baud(uint32_t baud)
{
    return (baud >= LEAST_BAUD) && (baud <= MOST_BAUD);
}

void eb_port_set_baud(uint32_t baud)
{
    REGISTER(UART_CR1) = 0U;
    REGISTER(UART_BRR) = (uint32_t)(((256ULL * CLOCK_HZ) + (baud / 2U)) / baud);
    REGISTER(UART_CR3) = UART_NO_OVERRUN;
    REGISTER(UART_CR1) = UART_ON;
}

void eb_port_mark(void)
{
    uint32_t began_us = eb_port_time_us();
    REGISTER(GPIOA + GPIO_BSRR) = BIT(MARKER + 16U);
    while ((eb_port_time_us() - began_us) < 2U) {
    }
    REGISTER(GPIOA + GPIO_BSRR) = BIT(MARKER);
}

int main(void)
{
    eb_device_run();
}
