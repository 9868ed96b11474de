/* The inner loops of dots.h: every register but the stack pointer is in use. */
    .syntax unified
    .thumb

    .macro function name
    .section .text.\name, "ax", %progbits
    .global \name
    .type \name, %function
\name:
    .endm

/* A sum becomes an output: see struct eb_dsp_scale. */
    .macro finish sum, multiplier, offset, shift
    lsl \sum, \sum, #1
    smmulr \sum, \sum, \multiplier
    add \sum, \sum, \sum, asr #31
    add \sum, \sum, \offset
    asr \sum, \sum, \shift
    ssat \sum, #8, \sum
    .endm

/* Two taps of two channels (in r2 and r3) and four pixels (from r1). */
    .macro multiply_two
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
    .endm

/* Two taps of four: weights (from r0) are widened, or are so already. */
    .macro two_taps advance, turn
    ldrd r2, r3, [r0]\advance
    sxtb16 r2, r2\turn
    sxtb16 r3, r3\turn
    multiply_two
    .endm

    .macro two_wide_taps
    ldrd r2, r3, [r0], #8
    multiply_two
    .endm

/* r0 weights, r1 columns, r2 the columns' end, r3 the address of two biases. r4 to r7 become channel 0's sums of
 * four pixels, r8 to r11 channel 1's. 52 instructions for 64 multiply-accumulates, and 3 for the
 * loop. The end is kept at the stack pointer. */
    .macro begin_dot
    ldrd r4, r8, [r3]
    mov r5, r4
    mov r6, r4
    mov r7, r4
    mov r9, r8
    mov r10, r8
    mov r11, r8
    .endm

    .macro dot_loop
    begin_dot
1:
    two_taps ,
    two_taps ", #8", ", ror #8"
    two_taps ,
    two_taps ", #8", ", ror #8"
    ldr r2, [sp]
    cmp r1, r2
    bne 1b
    .endm

/* 44 instructions for the same. */
    .macro wide_dot_loop
    begin_dot
1:
    two_wide_taps
    two_wide_taps
    two_wide_taps
    two_wide_taps
    ldr r2, [sp]
    cmp r1, r2
    bne 1b
    .endm

    .macro store_sums
    ldr r2, [sp, #4]
    stmia r2, {r4-r11}
    pop {r2-r11, pc}
    .endm

    function eb_dot_2_by_4
    push {r2-r11, lr}
    dot_loop
    store_sums
    .size eb_dot_2_by_4, . - eb_dot_2_by_4

    function eb_dot_2_by_4_wide
    push {r2-r11, lr}
    wide_dot_loop
    store_sums
    .size eb_dot_2_by_4_wide, . - eb_dot_2_by_4_wide

    .macro finish_block
    ldr r3, [sp, #4]
    ldrd r0, r1, [r3, #4]
    ldr r2, [r3, #12]
    ldmia r0!, {r3, r12, lr}
    finish r4, r3, r12, lr
    finish r5, r3, r12, lr
    finish r6, r3, r12, lr
    finish r7, r3, r12, lr
    strb r4, [r1]
    strb r5, [r1, r2]
    add r4, r2, r2, lsl #1
    strb r6, [r1, r2, lsl #1]
    strb r7, [r1, r4]
    ldmia r0, {r3, r12, lr}
    finish r8, r3, r12, lr
    finish r9, r3, r12, lr
    finish r10, r3, r12, lr
    finish r11, r3, r12, lr
    add r1, r1, #1
    strb r8, [r1]
    strb r9, [r1, r2]
    strb r10, [r1, r2, lsl #1]
    strb r11, [r1, r4]
    pop {r2-r11, pc}
    .endm

/* r3 is a struct eb_dot_block here: biases, scales, output, stride. */
    function eb_conv_2_by_4
    push {r2-r11, lr}
    ldr r3, [r3]
    dot_loop
    finish_block
    .size eb_conv_2_by_4, . - eb_conv_2_by_4

    function eb_conv_2_by_4_wide
    push {r2-r11, lr}
    ldr r3, [r3]
    wide_dot_loop
    finish_block
    .size eb_conv_2_by_4_wide, . - eb_conv_2_by_4_wide

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
    finish r4, r1, r2, r3
    ldmia r8!, {r1-r3}
    finish r5, r1, r2, r3
    ldmia r8!, {r1-r3}
    finish r6, r1, r2, r3
    ldmia r8!, {r1-r3}
    finish r7, r1, r2, r3
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
    finish r4, r8, r9, r10
    ldmia lr!, {r8-r10}
    finish r5, r8, r9, r10
    ldmia lr!, {r8-r10}
    finish r6, r8, r9, r10
    ldmia lr!, {r8-r10}
    finish r7, r8, r9, r10
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
