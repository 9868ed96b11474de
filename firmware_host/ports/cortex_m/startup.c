/* From reset to main(), for any Cortex-M: copy and zero what the linker script's symbols say. */
#include <stdint.h>

extern uint32_t data_from[];
extern uint32_t data_start[];
extern uint32_t data_end[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];
extern uint32_t stack_top[];
extern uint32_t vectors_start[];

int main(void);
void reset_handler(void);

static void stopped(void)
{
    for (;;) {
    }
}

/* A port that wants SysTick's interrupt has one of its own. */
void systick_handler(void);

__attribute__((weak)) void systick_handler(void)
{
    stopped();
}

void reset_handler(void)
{
    const uint32_t *from = data_from;
#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__) || defined(__ARM_ARCH_8M_MAIN__) || \
    defined(__ARM_ARCH_8_1M_MAIN__)
    /* VTOR: whoever started the image, a debugger for one, may have left another. */
    *(volatile uint32_t *)0xE000ED08U = (uint32_t)vectors_start;
#endif
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
    __asm volatile("msr msplim, %0" : : "r"(0));
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    /* CPACR: coprocessors 10 and 11, the floating-point and vector unit. */
    *(volatile uint32_t *)0xE000ED88U |= (0xFU << 20);
    __asm volatile("dsb\nisb");
#endif
    /* The linker's symbols: two ends of one piece of memory. */
    /* cppcheck-suppress comparePointers */
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from;
        from++;
    }
    /* cppcheck-suppress comparePointers */
    for (uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0U;
    }
    (void)main();
    stopped();
}

typedef void (*handler)(void);

/* The serial port's interrupt, for ports that use it. */
#ifndef UART_IRQ
#define UART_IRQ 0
#endif

void uart_handler(void);

__attribute__((weak)) void uart_handler(void)
{
    stopped();
}

__attribute__((section(".vectors"), used)) static const handler vectors[16 + UART_IRQ + 1] = {
    (handler)stack_top,
    reset_handler,
    stopped,
    stopped,
    stopped,
    stopped,
    stopped,
    0,
    0,
    0,
    0,
    stopped,
    stopped,
    0,
    stopped,
    systick_handler,
    [16 + UART_IRQ] = uart_handler,
};
