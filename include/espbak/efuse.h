/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_EFUSE_H
#define ESPBAK_EFUSE_H

/*
 * What the eFuses of a chip say, by the names that Espressif gives them. They are read where a session is asked to
 * (espbak_session_options.efuses), and kept in manifests. Blocks of keys are never read.
 *
 * @code
 * static inline void list(const espbak_device_info *device)
 * {
 *     espbak_efuse efuse;
 *     for (size_t at = 0; espbak_efuse_next(&device->efuses, device->chip, device->revision, &at, &efuse);)
 *         printf("%s %s\n", efuse.name, efuse.text);
 * }
 * @endcode
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/device.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum espbak_efuse_category {
    ESPBAK_EFUSE_SECURITY, /**< secure boot, encryption, what keys are for, download mode, JTAG, anti-rollback */
    ESPBAK_EFUSE_IDENTITY, /**< chip, package, versions of the blocks */
    ESPBAK_EFUSE_MAC,
    ESPBAK_EFUSE_FLASH,       /**< flash and its supply */
    ESPBAK_EFUSE_CALIBRATION, /**< measured at the factory, of this one chip */
    ESPBAK_EFUSE_OTHER,
} espbak_efuse_category;

/** "security", "identity", "mac", "flash", "calibration", "other". Never NULL. */
ESPBAK_API const char *espbak_efuse_category_name(espbak_efuse_category category);

typedef enum espbak_efuse_kind {
    ESPBAK_EFUSE_IS_FLAG,
    ESPBAK_EFUSE_IS_NUMBER,
    ESPBAK_EFUSE_IS_PURPOSE, /**< a number that says what a key is for */
    ESPBAK_EFUSE_IS_BYTES,
    ESPBAK_EFUSE_IS_MAC,        /**< a number whose highest byte is the first one */
    ESPBAK_EFUSE_IS_CUSTOM_MAC, /**< a number whose lowest byte is the first one */
} espbak_efuse_kind;

typedef struct espbak_efuse {
    const char *name; /**< "SPI_BOOT_CRYPT_CNT" */
    espbak_efuse_category category;
    espbak_efuse_kind kind;
    bool burnt;      /**< at least one of its bits is set */
    uint64_t number; /**< its bits; of bytes the first eight, the first one lowest */
    char text[72];   /**< "no", "3", "XTS_AES_128_KEY", "01ab…", "a0:b1:c2:d3:e4:f5" */
} espbak_efuse;

/**
 * One after the other: *at begins with 0 and is moved on. False at the end, and at once where nothing was read or the
 * chip is not known (NULL). What belongs to a block that is not there is left out.
 */
ESPBAK_API bool espbak_efuse_next(const espbak_efuses *efuses, const espbak_chip *chip, unsigned revision, size_t *at,
                                  espbak_efuse *out);

/** One that has another value on each of two chips. */
typedef struct espbak_efuse_difference {
    char name[48];
    espbak_efuse_category category;
    char a[72], b[72]; /**< as in `text` above */
} espbak_efuse_difference;

#ifdef __cplusplus
}
#endif

#endif
