/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_SEGMENTS_H
#define BOOT_SEGMENTS_H

/* Where a bootloader lets the segments of an application go. */

#include "espbak/chip.h"
#include "image/verdict/boot_reasons.h"

typedef struct boot_memory {
    const espbak_boot_memory *chip;
    espbak_address_range data, stack, loader; /* what the bootloader itself needs while it loads */
} boot_memory;

/* For a bootloader whose segments are known; without one, what it needs is empty. */
boot_memory boot_memory_of(const espbak_boot_memory *chip, const espbak_image *bootloader);

bool boot_memory_is_mapped(const espbak_boot_memory *chip, uint32_t address);

/* Code and data have a bus of their own each, mapped[0] and mapped[1]. */
bool boot_memory_has_two_buses(const espbak_boot_memory *chip);

/* Whether some of an image belongs there, as of every application. */
bool boot_image_is_mapped(const espbak_boot_memory *chip, const espbak_image *image);

/* False when the bootloader refuses to load a segment there; *cause then says why. */
bool boot_memory_takes(const boot_memory *memory, const espbak_image_segment *segment, boot_cause *cause);

#endif
