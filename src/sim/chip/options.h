/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CHIP_OPTIONS_H
#define SIM_CHIP_OPTIONS_H

/* What a simulated chip and its flash are like, besides what is the same on each of its kind. */

#include "sim/chip/chip.h"
#include "sim/common/time.h"

enum { SIM_PATH_MAX = 1024 };

/** How long the flash and the CPU's work on it take, in nanoseconds; all zero with flash-time=none. */
typedef struct sim_timing {
    sim_time read_byte;    /**< flash to RAM, a byte */
    sim_time hash_byte;    /**< MD5 with its reading, a byte */
    sim_time erase_sector; /**< 4 KiB */
    sim_time erase_block;  /**< 64 KiB */
    sim_time erase_chip;   /**< a MiB of a chip erase */
    sim_time program_page; /**< 256 bytes */
} sim_timing;

typedef struct sim_chip_options {
    const sim_chip *chip;
    char flash[SIM_PATH_MAX]; /**< image file; empty for a built-in one that is forgotten at the end */
    uint64_t size;            /**< bytes of flash; 0: the image's, else the chip's usual one */
    bool blank;               /**< the built-in image is all erased */
    sim_timing timing;
    uint32_t flash_id;  /**< JEDEC id; 0 makes one from the size */
    uint64_t sfdp_size; /**< what SFDP says; 0: the size */
    bool no_sfdp;
    uint8_t status;      /**< flash status register 1 at power-on: block protection in bits 2 to 6 */
    bool lasting_status; /**< the flash has no volatile status bits: 50 means nothing to it */
    bool no_flash_reset; /**< nor is it reset by 66 99 */
    bool octal;
    bool secure_download;
    bool encrypted;
    bool key_manager; /**< the flash key is deployed by the Key Manager */
    unsigned secure_boot;
    uint32_t boot_key;       /**< what its digest begins with */
    unsigned secure_version; /**< of anti-rollback */
    uint64_t efuse_seed;     /**< of what the other eFuses hold; 0: nothing */
    bool xpd;                /**< eFuse DOWNLOAD_MODE_XPD_ON */
    int revision;            /**< major * 100 + minor; -1 for the chip's default */
    unsigned crystal_mhz;
    uint8_t mac[6];
    uint64_t seed; /**< of all chance */
} sim_chip_options;

#endif
