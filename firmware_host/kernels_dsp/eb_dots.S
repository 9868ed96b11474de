/* The inner loops of dots.h: every register but the stack pointer is in use. */
    .syntax unified
    .thumb

    .macro function name
    .section .text.\name, "ax", %progbits
    .global \name
    .type \name, %function
\name:
    .endm

/* A sum becomes an output: see struct eb_dsp_scale. A quotient of 0 needs no sign of its own, so the
 * sum's does. temporary is lost. */
    .macro finish sum, multiplier, offset, shift, temporary
    lsl \sum, \sum, #1
    smmlar \temporary, \sum, \multiplier, \offset
    add \temporary, \temporary, \sum, asr #31
    asr \temporary, \temporary, \shift
    ssat \sum, #8, \temporary
    .endm

/* Two taps of three pixels. */
    .macro three_pixels
    ldmia r1!, {r10, r11, r12}
    .endm

    .macro multiply_first weights
    smlad r4, \weights, r10, r4
    smlad r5, \weights, r11, r5
    smlad r6, \weights, r12, r6
    .endm

    .macro multiply_second weights
    smlad r7, \weights, r10, r7
    smlad r8, \weights, r11, r8
    smlad r9, \weights, r12, r9
    .endm

/* Four taps: weights (from r0) are widened, */
    .macro four_taps
    ldrd r2, r3, [r0], #8
    three_pixels
    sxtb16 lr, r2
    multiply_first lr
    sxtb16 lr, r3
    multiply_second lr
    three_pixels
    sxtb16 r2, r2, ror #8
    multiply_first r2
    sxtb16 r3, r3, ror #8
    multiply_second r3
    .endm

/* or are so already. */
    .macro two_wide_taps
    ldrd r2, r3, [r0], #8
    three_pixels
    multiply_first r2
    multiply_second r3
    .endm

    .macro four_wide_taps
    two_wide_taps
    two_wide_taps
    .endm

/* Where struct eb_conv_block lies: a copy at the stack pointer. */
    .set COLUMNS, 0
    .set END, 4
    .set ODD, 8
    .set BIAS, 12
    .set SCALES, 16
    .set OUTPUT, 20
    .set STRIDE, 24
    .set PAIRS, 28

/* r0 weights, r1 a struct eb_conv_block. r4 to r6 become channel 0's sums of three pixels, r7 to r9
 * channel 1's. 19 instructions for 24 multiply-accumulates, 17 of weights that are wide; loads stand
 * together, since a Cortex-M4 takes a cycle more for each that stands alone. */
    .macro conv_2_by_3 name, taps
    function \name
    push {r4-r11, lr}
    ldmia r1, {r2-r9}
    push {r2-r9}
1:
    ldr r1, [sp, #COLUMNS]
    ldr r2, [sp, #BIAS]
    ldr r3, [sp, #ODD]
    ldmia r2!, {r4, r7}
    str r2, [sp, #BIAS]
    mov r5, r4
    mov r6, r4
    mov r8, r7
    mov r9, r7
    cmp r3, #0
    bne 3f
2:
    \taps
    \taps
3:
    \taps
    \taps
    ldr lr, [sp, #END]
    cmp r1, lr
    bne 2b
    ldr r1, [sp, #SCALES]
    ldr r2, [sp, #OUTPUT]
    ldr r3, [sp, #STRIDE]
    ldmia r1!, {r10, r11, r12}
    finish r4, r10, r11, r12, lr
    finish r5, r10, r11, r12, lr
    finish r6, r10, r11, r12, lr
    strb r4, [r2]
    strb r5, [r2, r3]
    strb r6, [r2, r3, lsl #1]
    ldmia r1!, {r10, r11, r12}
    finish r7, r10, r11, r12, lr
    finish r8, r10, r11, r12, lr
    finish r9, r10, r11, r12, lr
    add r2, r2, #1
    strb r7, [r2]
    strb r8, [r2, r3]
    strb r9, [r2, r3, lsl #1]
    add r2, r2, #1
    ldr r3, [sp, #PAIRS]
    str r1, [sp, #SCALES]
    str r2, [sp, #OUTPUT]
    subs r3, r3, #1
    str r3, [sp, #PAIRS]
    bne 1b
    add sp, sp, #32
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    conv_2_by_3 eb_conv_2_by_3, four_taps
    conv_2_by_3 eb_conv_2_by_3_wide, four_wide_taps

/* One of four outputs: its word of weights, its sum. */
    .macro four_inputs weights, sum
    sxtb16 r3, \weights
    smlad \sum, r3, r12, \sum
    sxtb16 r3, \weights, ror #8
    smlad \sum, r3, lr, \sum
    .endm

    .macro four_outputs
    ldrd r12, lr, [r1], #8
    ldmia r0!, {r8-r11}
    four_inputs r8, r4
    four_inputs r9, r5
    four_inputs r10, r6
    four_inputs r11, r7
    .endm

/* r0 weights, r1 inputs, r2 the inputs' end, r3 a struct eb_dense_block; r4 to r7 are the sums. 36
 * instructions for 32 multiply-accumulates, and 2 for the loop. */
    function eb_dense_4
    push {r3-r11, lr}
    ldr r12, [r3]
    ldmia r12!, {r4-r7}
    str r12, [r3]
1:
    four_outputs
    four_outputs
    cmp r1, r2
    bne 1b
    ldr r3, [sp]
    ldrd r8, r9, [r3, #4]
    ldmia r8!, {r1-r3}
    finish r4, r1, r2, r3, lr
    ldmia r8!, {r1-r3}
    finish r5, r1, r2, r3, lr
    ldmia r8!, {r1-r3}
    finish r6, r1, r2, r3, lr
    ldmia r8!, {r1-r3}
    finish r7, r1, r2, r3, lr
    strb r4, [r9], #1
    strb r5, [r9], #1
    strb r6, [r9], #1
    strb r7, [r9], #1
    ldr r3, [sp]
    strd r8, r9, [r3, #4]
    pop {r3-r11, pc}
    .size eb_dense_4, . - eb_dense_4

/* One tap of four channels: its place from the table at r0, the channel in r2, weights at r1. */
    .macro tap number
    ldr r3, [r0, #4 * \number]
    ldr r8, [r3, r2]
    sxtb16 r9, r8
    sxtb16 r8, r8, ror #8
    ldrd r10, r11, [r1], #8
    smlabb r4, r9, r10, r4
    smlatt r6, r9, r10, r6
    smlabb r5, r8, r11, r5
    smlatt r7, r8, r11, r7
    .endm

/* r0 nine places, r1 weights, r2 biases, r3 a struct eb_depthwise_block: scales, output, channels.
 * All channels of an output, four at a time: 81 instructions for 36 multiply-accumulates, and 47
 * to finish four outputs. r12 is the biases, lr the scales; the block is at the stack pointer. */
    function eb_depthwise_9
    push {r3-r11, lr}
    mov r12, r2
    ldr lr, [r3]
    movs r2, #0
1:
    ldmia r12!, {r4-r7}
    tap 0
    tap 1
    tap 2
    tap 3
    tap 4
    tap 5
    tap 6
    tap 7
    tap 8
    ldmia lr!, {r8-r10}
    finish r4, r8, r9, r10, r11
    ldmia lr!, {r8-r10}
    finish r5, r8, r9, r10, r11
    ldmia lr!, {r8-r10}
    finish r6, r8, r9, r10, r11
    ldmia lr!, {r8-r10}
    finish r7, r8, r9, r10, r11
    ldr r3, [sp]
    ldrd r8, r9, [r3, #4]
    add r8, r8, r2
    strb r4, [r8]
    strb r5, [r8, #1]
    strb r6, [r8, #2]
    strb r7, [r8, #3]
    adds r2, r2, #4
    cmp r2, r9
    bne 1b
    pop {r3-r11, pc}
    .size eb_depthwise_9, . - eb_depthwise_9
