/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BACKUP_INTERNAL_H
#define STORE_BACKUP_INTERNAL_H

/* An opened, sealed backup. */

#include "base/file.h"
#include "espbak/backup.h"
#include "store/sector_digests.h"

struct espbak_backup {
    char *path; /**< its folder */
    espbak_manifest manifest;
    uint8_t manifest_sha256[32]; /**< of the bytes that were parsed */
    file *data;                  /**< the file read last, NULL before the first */
    size_t data_region;
    sector_digests **checked; /**< of each region, once espbak_backup_check has seen all of it; NULL before */
};

/** Buffer of everything that walks through a data file. */
enum { BACKUP_BUFFER_SIZE = 64 * 1024 };

/** Forget what was checked. */
void backup_forget_check(espbak_backup *backup);

/** Open the data file of a region; ESPBAK_E_FILE when it is missing or no plain file. */
ESPBAK_MUST_USE espbak_status backup_open_data(const espbak_backup *backup, const espbak_region *region, file **out,
                                               uint64_t *size, espbak_error *err);

/** backup->data is then that of the region. */
ESPBAK_MUST_USE espbak_status backup_select_region(espbak_backup *backup, size_t region, espbak_error *err);

/** Load and parse `folder`/manifest.json. espbak_manifest_free() it. */
ESPBAK_MUST_USE espbak_status backup_load_manifest(const char *folder, espbak_manifest *manifest, uint8_t sha256[32],
                                                   espbak_error *err);

/** Whether `folder` holds `name`, as whatever. */
bool backup_holds(const char *folder, const char *name);

#endif
