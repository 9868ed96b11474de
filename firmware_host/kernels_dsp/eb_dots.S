/* The inner loops of eb_dots.h and eb_lines.h: every register but the stack pointer is in use. */
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

/* r0 weights, r1 a struct eb_dense_block, which is copied to the stack pointer as a convolution's is.
 * r4 to r7 are the sums, r1 inputs, r2 their end. 18 instructions for 16 multiply-accumulates. */
    .set GROUPS, 24
    function eb_dense_4
    push {r4-r11, lr}
    ldmia r1, {r2-r8}
    push {r2-r8}
1:
    ldr r3, [sp, #BIAS]
    ldr r8, [sp, #ODD]
    ldr r1, [sp, #COLUMNS]
    ldr r2, [sp, #END]
    ldmia r3!, {r4-r7}
    str r3, [sp, #BIAS]
    cmp r8, #0
    bne 3f
2:
    four_outputs
    four_outputs
3:
    four_outputs
    four_outputs
    cmp r1, r2
    bne 2b
    ldr r1, [sp, #SCALES]
    ldr r2, [sp, #OUTPUT]
    ldr r3, [sp, #GROUPS]
    ldmia r1!, {r8-r10}
    finish r4, r8, r9, r10, r11
    ldmia r1!, {r8-r10}
    finish r5, r8, r9, r10, r11
    ldmia r1!, {r8-r10}
    finish r6, r8, r9, r10, r11
    ldmia r1!, {r8-r10}
    finish r7, r8, r9, r10, r11
    strb r4, [r2], #1
    strb r5, [r2], #1
    strb r6, [r2], #1
    strb r7, [r2], #1
    str r1, [sp, #SCALES]
    str r2, [sp, #OUTPUT]
    subs r3, r3, #1
    str r3, [sp, #GROUPS]
    bne 1b
    add sp, sp, #28
    pop {r4-r11, pc}
    .size eb_dense_4, . - eb_dense_4

/* r0 a struct eb_taps_block. All channels of one output, four at a time: 11 instructions for four
 * multiply-accumulates. r0 the places' end, r1 weights, r2 the channel, r3 a place, r12 biases, lr
 * scales; at the stack pointer the places, the output, the number of channels. */
    function eb_depthwise_taps
    push {r4-r11, lr}
    ldmia r0, {r4-r10}
    push {r4, r9, r10}
    mov r0, r5
    mov r1, r6
    mov r12, r7
    mov lr, r8
    movs r2, #0
1:
    ldr r3, [sp]
    ldmia r12!, {r4-r7}
2:
    ldr r8, [r3], #4
    ldr r8, [r8, r2]
    ldrd r10, r11, [r1], #8
    sxtb16 r9, r8
    sxtb16 r8, r8, ror #8
    smlabb r4, r9, r10, r4
    smlatt r6, r9, r10, r6
    smlabb r5, r8, r11, r5
    smlatt r7, r8, r11, r7
    cmp r3, r0
    bne 2b
    ldmia lr!, {r8-r10}
    finish r4, r8, r9, r10, r11
    ldmia lr!, {r8-r10}
    finish r5, r8, r9, r10, r11
    ldmia lr!, {r8-r10}
    finish r6, r8, r9, r10, r11
    ldmia lr!, {r8-r10}
    finish r7, r8, r9, r10, r11
    ldr r8, [sp, #4]
    ldr r9, [sp, #8]
    add r8, r8, r2
    strb r4, [r8]
    strb r5, [r8, #1]
    strb r6, [r8, #2]
    strb r7, [r8, #3]
    adds r2, r2, #4
    cmp r2, r9
    bne 1b
    add sp, sp, #12
    pop {r4-r11, pc}
    .size eb_depthwise_taps, . - eb_depthwise_taps

/* Where the numbers of a channel lie in struct eb_planes_channel. */
    .set WEIGHTS, 12
    .set CHANNEL_BIAS, 36

/* One row of a window: four outputs' sums in r4 to r7, which begin at the others. r8 to r10 are six
 * inputs in a row, r11 the weights 0 and 1, r12 the weights 1 and 2. */
    .macro row_of_window begin_0, begin_1, begin_2, begin_3
    smlad r4, r8, r11, \begin_0
    smlatb r5, r8, r11, \begin_1
    smlad r6, r9, r11, \begin_2
    smlabt r4, r9, r12, r4
    smlad r5, r9, r12, r5
    smlabt r6, r10, r12, r6
    smlatb r7, r9, r11, \begin_3
    smlad r7, r10, r12, r7
    .endm

/* The same where outputs are two inputs apart: r8 to r10 are six inputs, then from r10 on. */
    .macro two_apart sum_0, sum_1, begin_0, begin_1
    smlad \sum_0, r8, r11, \begin_0
    smlad \sum_1, r9, r11, \begin_1
    smlabt \sum_0, r9, r12, \sum_0
    smlabt \sum_1, r10, r12, \sum_1
    .endm

    .macro load_1 row
    ldmia \row, {r8, r9, r10}
    adds \row, \row, #8
    .endm

    .macro window_1
    ldr r11, [r0, #WEIGHTS]
    ldr r12, [r0, #WEIGHTS + 4]
    ldr r7, [r0, #CHANNEL_BIAS]
    load_1 r1
    row_of_window r7, r7, r7, r7
    ldrd r11, r12, [r0, #WEIGHTS + 8]
    load_1 r2
    row_of_window r4, r5, r6, r7
    ldrd r11, r12, [r0, #WEIGHTS + 16]
    load_1 r3
    row_of_window r4, r5, r6, r7
    .endm

    .macro row_2 row, begin_0, begin_1, begin_2, begin_3
    ldmia \row!, {r8, r9, r10}
    two_apart r4, r5, \begin_0, \begin_1
    mov r8, r10
    ldmia \row, {r9, r10}
    adds \row, \row, #4
    two_apart r6, r7, \begin_2, \begin_3
    .endm

    .macro window_2
    ldr r11, [r0, #WEIGHTS]
    ldr r12, [r0, #WEIGHTS + 4]
    ldr r7, [r0, #CHANNEL_BIAS]
    row_2 r1, r7, r7, r7, r7
    ldrd r11, r12, [r0, #WEIGHTS + 8]
    row_2 r2, r4, r5, r6, r7
    ldrd r11, r12, [r0, #WEIGHTS + 16]
    row_2 r3, r4, r5, r6, r7
    .endm

/* Weights and biases are doubled: see finish. */
    .macro finish_doubled sum
    smmlar r11, \sum, r8, r9
    add r11, r11, \sum, asr #31
    asr r11, r11, r10
    ssat \sum, #8, r11
    .endm

/* r0 a struct eb_planes_channel, r1 a struct eb_planes_line. At the stack pointer: the steps, where
 * they end, the last step. About 74 instructions for 36 multiply-accumulates and four outputs. */
    .macro depthwise_line name, window
    function \name
    push {r4-r11, lr}
    ldmia r1, {r1, r2, r3, r4, r5, r6, r7}
    push {r5, r6, r7}
    mov lr, r4
1:
    \window
    ldmia r0, {r8, r9, r10}
    finish_doubled r4
    finish_doubled r5
    finish_doubled r6
    finish_doubled r7
    ldr r12, [sp]
    ldr r11, [sp, #4]
    ldmia r12, {r8, r9, r10}
    strb r7, [lr, r10]
    strb r6, [lr, r9]
    strb r5, [lr, r8]
    strb r4, [lr]
    add lr, lr, r8, lsl #2
    cmp lr, r11
    bne 1b
    ldr r8, [sp, #8]
    cmp r8, #0
    beq 2f
    mov r9, #0
    str r9, [sp, #8]
    str r8, [sp]
    ldr r9, [r8]
    add r9, lr, r9, lsl #2
    str r9, [sp, #4]
    b 1b
2:
    add sp, sp, #12
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    depthwise_line eb_depthwise_line, window_1
    depthwise_line eb_depthwise_line_of_2, window_2

/* r0 inputs, r1 from one to the next, r2 how many, r3 where the first of four channels goes; on the
 * stack: from a channel to the next one. Four channels of each input become int16. */
    function eb_widen_line
    push {r4-r8, lr}
    ldr r4, [sp, #24]
    add r5, r4, r4, lsl #1
1:
    ldr r6, [r0]
    add r0, r0, r1
    sxtb16 r7, r6
    sxtb16 r6, r6, ror #8
    strh r6, [r3, r4]
    lsr r6, r6, #16
    strh r6, [r3, r5]
    lsr r6, r7, #16
    strh r6, [r3, r4, lsl #1]
    strh r7, [r3], #2
    subs r2, r2, #1
    bne 1b
    pop {r4-r8, pc}
    .size eb_widen_line, . - eb_widen_line
