/* What ports for Cortex-M boards share: registers, interrupts, a buffer of received bytes. */
#ifndef EB_CORTEX_M_H
#define EB_CORTEX_M_H

#include <stdint.h>

#define EB_REGISTER(address) (*(volatile uint32_t *)(address))
#define EB_BIT(number) (UINT32_C(1) << (number))

#define EB_RECEIVED_BYTES 256U

/* Written by the interrupt, read by eb_port_read: one writer and one reader each. */
struct eb_received {
    volatile uint32_t written;
    volatile uint32_t read;
    volatile uint8_t bytes[EB_RECEIVED_BYTES];
};

/* A byte that finds no room is lost; the host notices by its checksums. */
static inline void eb_received_put(struct eb_received *received, uint32_t byte)
{
    if ((received->written - received->read) < EB_RECEIVED_BYTES) {
        received->bytes[received->written % EB_RECEIVED_BYTES] = (uint8_t)byte;
        received->written++;
    }
}

static inline int32_t eb_received_get(struct eb_received *received)
{
    int32_t byte = -1;
    if (received->read != received->written) {
        byte = (int32_t)received->bytes[received->read % EB_RECEIVED_BYTES];
        received->read++;
    }
    return byte;
}

static inline void eb_interrupt_enable(uint32_t number)
{
    EB_REGISTER(0xE000E100U + (4U * (number / 32U))) = EB_BIT(number % 32U);
}

static inline void eb_wait_for(uint32_t address, uint32_t bits, uint32_t value)
{
    while ((EB_REGISTER(address) & bits) != value) {
    }
}

#endif
