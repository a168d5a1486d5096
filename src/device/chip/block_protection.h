/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_BLOCK_PROTECTION_H
#define DEVICE_BLOCK_PROTECTION_H

/* The bits in a flash chip's status registers that keep sectors from being erased and written. */

#include <stdbool.h>
#include <stdint.h>

#include "espbak/device.h"

/* As in espbak_flash_info.status_registers: the first register, the second from bit 8 on. */
enum {
    BLOCK_PROTECTION_SECTORS = 0x3C, /* BP0 to BP2, and BP3 or the end that they count from: all set, all protected */
    BLOCK_PROTECTION_COMPLEMENT = 0x4000, /* CMP: what they name is free, and the rest protected */
};

/* Those of this flash: without any of them everything can be written. */
uint32_t block_protection_bits(const espbak_flash_info *flash);

/* Whether something is protected, by the registers that were read when the flash was identified. */
bool block_protection_is_on(const espbak_flash_info *flash);

/* Whether they can be set until power goes (0x50), which protects all of the flash. */
bool block_protection_can_be_lent(const espbak_flash_info *flash);

#endif
