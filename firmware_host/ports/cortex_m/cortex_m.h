/* What ports for Cortex-M boards share: registers, interrupts, a buffer of received bytes. */
#ifndef EB_CORTEX_M_H
#define EB_CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define BIT(number) (UINT32_C(1) << (number))

#define RECEIVED_BYTES 256U

/* Written by the interrupt, read by eb_port_read: one writer and one reader each. */
struct received {
    volatile uint32_t written;
    volatile uint32_t read;
    volatile uint8_t bytes[RECEIVED_BYTES];
};

/* A byte that finds no room is lost; the host notices by its checksums. */
static inline void received_put(struct received *received, uint32_t byte)
{
    if ((received->written - received->read) < RECEIVED_BYTES) {
        received->bytes[received->written % RECEIVED_BYTES] = (uint8_t)byte;
        received->written++;
    }
}

static inline int32_t received_get(struct received *received)
{
    int32_t byte = -1;
    if (received->read != received->written) {
        byte = (int32_t)received->bytes[received->read % RECEIVED_BYTES];
        received->read++;
    }
    return byte;
}

static inline void interrupt_enable(uint32_t number)
{
    REGISTER(0xE000E100U + (4U * (number / 32U))) = BIT(number % 32U);
}

static inline void wait_for(uint32_t address, uint32_t bits, uint32_t value)
{
    while ((REGISTER(address) & bits) != value) {
    }
}

#endif
