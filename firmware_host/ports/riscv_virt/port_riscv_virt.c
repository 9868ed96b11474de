/* QEMU's RISC-V "virt" machine: a 16550 serial port and the CLINT's clock. Nothing here is a time:
 * QEMU models no pipeline, its clock counts instructions. */
#include <stdbool.h>
#include <stdint.h>

#include "eb_device.h"
#include "eb_port.h"

#define UART 0x10000000U
#define UART_DATA (*(volatile uint8_t *)(UART + 0U))
#define UART_STATUS (*(volatile uint8_t *)(UART + 5U))
#define UART_RECEIVED 0x01U
#define UART_EMPTY 0x60U
#define UART_ROOM 0x20U
#define MTIME_LOW (*(volatile uint32_t *)0x0200BFF8U)
#define MTIME_HIGH (*(volatile uint32_t *)0x0200BFFCU)
#define TICKS_PER_US 10U

const char eb_port_name[] = PORT_NAME;

void eb_port_init(void)
{
}

int32_t eb_port_read(void)
{
    return ((UART_STATUS & UART_RECEIVED) != 0U) ? (int32_t)UART_DATA : -1;
}

void eb_port_write(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t index = 0U; index < count; index++) {
        while ((UART_STATUS & UART_ROOM) == 0U) {
        }
        UART_DATA = bytes[index];
    }
}

void eb_port_flush(void)
{
    while ((UART_STATUS & UART_EMPTY) != UART_EMPTY) {
    }
}

uint32_t eb_port_time_us(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = MTIME_HIGH;
        low = MTIME_LOW;
    } while (high != MTIME_HIGH);
    return (uint32_t)((((uint64_t)high << 32) | low) / TICKS_PER_US);
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
