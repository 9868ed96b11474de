/* What the two files of this port share. */
#ifndef PORT_MPS2_H
#define PORT_MPS2_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* A CMSDK UART at its base address. */
#define UART_DATA(base) REGISTER((base) + 0x00U)
#define UART_STATE(base) REGISTER((base) + 0x04U)
#define UART_CTRL(base) REGISTER((base) + 0x08U)
#define UART_BAUDDIV(base) REGISTER((base) + 0x10U)
#define UART_TX_FULL 1U
#define UART_RX_FULL 2U
#define UART_TX_AND_RX 3U

/* Ticks of the timer, TICKS_PER_US a microsecond. */
uint64_t mps2_ticks(void);

/* Set up the second UART; take what has come in by it while nothing listens. Both do nothing on a
 * board whose card names no such UART. */
void mps2_audio_begin(void);
void mps2_audio_discard(void);

#endif
