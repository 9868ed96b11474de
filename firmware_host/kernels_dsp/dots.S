/* The two inner loops of dots.h: every register but the stack pointer is in use. */
    .syntax unified
    .thumb

/* r0 weights, r1 columns, r2 the columns' end, r3 two biases and then the sums' place.
 * r4 to r7 are channel 0's sums of four pixels, r8 to r11 channel 1's. 26 instructions for 32
 * multiply-accumulates, and 3 for the loop. */
    .section .text.dot_2_by_4, "ax", %progbits
    .global dot_2_by_4
    .type dot_2_by_4, %function
dot_2_by_4:
    push {r2-r11, lr}
    ldrd r4, r8, [r3]
    mov r5, r4
    mov r6, r4
    mov r7, r4
    mov r9, r8
    mov r10, r8
    mov r11, r8
1:
    ldrd r2, r3, [r0]
    sxtb16 r2, r2
    sxtb16 r3, r3
    ldrd r12, lr, [r1], #8
    smlad r4, r2, r12, r4
    smlad r5, r2, lr, r5
    smlad r8, r3, r12, r8
    smlad r9, r3, lr, r9
    ldrd r12, lr, [r1], #8
    smlad r6, r2, r12, r6
    smlad r7, r2, lr, r7
    smlad r10, r3, r12, r10
    smlad r11, r3, lr, r11
    ldrd r2, r3, [r0], #8
    sxtb16 r2, r2, ror #8
    sxtb16 r3, r3, ror #8
    ldrd r12, lr, [r1], #8
    smlad r4, r2, r12, r4
    smlad r5, r2, lr, r5
    smlad r8, r3, r12, r8
    smlad r9, r3, lr, r9
    ldrd r12, lr, [r1], #8
    smlad r6, r2, r12, r6
    smlad r7, r2, lr, r7
    smlad r10, r3, r12, r10
    smlad r11, r3, lr, r11
    ldr r2, [sp]
    cmp r1, r2
    bne 1b
    ldr r2, [sp, #4]
    stmia r2, {r4-r11}
    pop {r2-r11, pc}
    .size dot_2_by_4, . - dot_2_by_4

/* r0 weights, r1 inputs, r2 the inputs' end, r3 four biases and then the sums' place; r4 to r7
 * are the sums. 18 instructions for 16 multiply-accumulates, and 2 for the loop. */
    .section .text.dot_4_by_1, "ax", %progbits
    .global dot_4_by_1
    .type dot_4_by_1, %function
dot_4_by_1:
    push {r3-r11, lr}
    ldmia r3, {r4-r7}
1:
    ldrd r12, lr, [r1], #8
    ldmia r0!, {r8-r11}
    sxtb16 r3, r8
    smlad r4, r3, r12, r4
    sxtb16 r3, r8, ror #8
    smlad r4, r3, lr, r4
    sxtb16 r3, r9
    smlad r5, r3, r12, r5
    sxtb16 r3, r9, ror #8
    smlad r5, r3, lr, r5
    sxtb16 r3, r10
    smlad r6, r3, r12, r6
    sxtb16 r3, r10, ror #8
    smlad r6, r3, lr, r6
    sxtb16 r3, r11
    smlad r7, r3, r12, r7
    sxtb16 r3, r11, ror #8
    smlad r7, r3, lr, r7
    cmp r1, r2
    bne 1b
    ldr r3, [sp]
    stmia r3, {r4-r7}
    pop {r3-r11, pc}
    .size dot_4_by_1, . - dot_4_by_1
