/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EFUSES_H
#define OPS_EFUSES_H

/* eFuses of devices and backups: kept by name, and compared. */

#include "espbak/efuse.h"
#include "espbak/manifest.h"

typedef struct efuse_side {
    const espbak_efuses *efuses;
    const espbak_chip *chip;
    unsigned revision;
} efuse_side;

efuse_side efuses_of_device(const espbak_device_info *device);
efuse_side efuses_of_manifest(const espbak_manifest *manifest);

typedef struct efuse_differences {
    espbak_efuse_difference *items; /* allocated */
    size_t count;
} efuse_differences;

/* What both have and is different; nothing where one of them was not read, or is of another chip. */
ESPBAK_MUST_USE espbak_status efuses_compare(const efuse_side *a, const efuse_side *b, efuse_differences *out,
                                             espbak_error *err);

/* Names in the manifest for those that are burnt and say something of the chip or its security. */
ESPBAK_MUST_USE espbak_status efuses_name(espbak_manifest *manifest, espbak_error *err);

#endif
