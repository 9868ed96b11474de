/* What the boot ROM looks for in an image's first 4 KB: an executable for the Arm cores, whose
 * vectors are at its start. Source: RP2350 datasheet, section 5.9.5. */
#include <stdint.h>

__attribute__((section(".image_def"), used)) static const uint32_t image_def[] = {
    0xFFFFDED3U, /* a block begins */
    0x10210142U, /* an executable, secure, Arm, RP2350 */
    0x000001FFU, /* no further item */
    0x00000000U, /* no further block */
    0xAB123579U, /* it ends */
};
