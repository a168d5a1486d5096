/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TABLE_PLACE_H
#define TABLE_PLACE_H

/*
 * Where a bootloader of ESP-IDF looks for the partition table. That is CONFIG_PARTITION_TABLE_OFFSET when it is built,
 * and nothing names it; but the bootloader asks for the bytes of a whole table there, so the place and the size are the
 * arguments of one call in its code [bootloader_utility.c, esp_flash_partitions.h].
 */

#include "espbak/chip.h"
#include "espbak/image.h"

/* *place 0: its code does not say, or names several. Errors are the reader's. */
ESPBAK_MUST_USE espbak_status table_place_find(const espbak_image_reader *reader, const espbak_image *bootloader,
                                               const espbak_boot_memory *chip, uint64_t *place, espbak_error *err);

#endif
