/* From reset to main() on a RISC-V machine that starts in machine mode. */
#include <stdint.h>

extern uint32_t data_from[];
extern uint32_t data_start[];
extern uint32_t data_end[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];

int main(void);
void reset_handler(void);
void start(void);

__attribute__((naked, section(".vectors"), used)) void start(void)
{
    __asm volatile("la sp, stack_top\n"
                   "j reset_handler\n");
}

void reset_handler(void)
{
    const uint32_t *from = data_from;
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
    for (;;) {
    }
}
