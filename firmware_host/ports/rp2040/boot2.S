/* The boot ROM copies these 256 bytes to RAM, checks the last four, CRC-32/MPEG-2 of the others,
 * and calls them: they make the flash readable at 0x10000000, by the command that every flash
 * chip knows (03h, one bit at a time), and start the image behind them. Source: RP2040 datasheet,
 * sections 2.8.1 and 4.10. */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .boot, "ax"
    .thumb_func
    .global boot2
boot2:
    ldr r3, =0x18000000     /* SSI */
    movs r1, #0
    str r1, [r3, #0x08]     /* SSIENR: off */
    movs r1, #4
    str r1, [r3, #0x14]     /* BAUDR: a quarter of the system clock */
    ldr r1, =0x001F0300
    str r1, [r3, #0x00]     /* CTRLR0: 32 bits a frame, "EEPROM read" */
    ldr r1, =0x03000218
    ldr r0, =0x180000F4
    str r1, [r0]            /* SPI_CTRLR0: 03h, 8 bits of it, 24 of address */
    movs r1, #0
    str r1, [r3, #0x04]     /* CTRLR1: a frame at a time */
    movs r1, #1
    str r1, [r3, #0x08]     /* SSIENR: on */
    ldr r0, =0x10000100     /* the vectors */
    ldr r1, =0xE000ED08     /* VTOR */
    str r0, [r1]
    ldmia r0!, {r1, r2}
    msr msp, r1
    bx r2
    .pool
    .space 252 - (. - boot2)
    .word 0x7459B5DE        /* CRC: checked by tests/firmware/boards/test_ports.py */
