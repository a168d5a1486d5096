/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_BACKUP_COMMON_H
#define OPS_BACKUP_COMMON_H

/* What jobs that make or use backups have in common. */

#include "espbak/backup.h"
#include "espbak/ops.h"

/* The data file of a backup of the whole flash. */
#define BACKUP_COMMON_FILE "flash.bin"

ESPBAK_MUST_USE espbak_status backup_common_check_note(const char *note, espbak_error *err);

/* When, by what, and the note. */
void backup_common_describe(espbak_manifest *manifest, const char *note);

/* Give a backup of parts a name that says which. */
void backup_common_name_parts(espbak_manifest *manifest, const espbak_region *regions, size_t count);

/* The region that is the whole flash. */
espbak_region backup_common_region(uint64_t size);

/*
 * Say in result and manifest what the data files hold. `outline`, which may be NULL, is what was read of the device
 * about parts that are not in them. What cannot be explained is a warning.
 */
void backup_common_explain(espbak_backup_writer *writer, espbak_manifest *manifest, const espbak_contents *outline,
                           espbak_backup_result *result, const espbak_events *events);

/* Check the files of a backup before it is used, and tell of files that do not belong into its folder. */
ESPBAK_MUST_USE espbak_status backup_common_check(espbak_backup *backup, const espbak_events *events,
                                                  espbak_error *err);

/* Warn of bytes in a range that a backup does not have. */
void backup_common_warn_holes(const espbak_backup *backup, uint64_t offset, uint64_t size, const espbak_events *events);

/* Set the path of the folder in the result. */
ESPBAK_MUST_USE espbak_status backup_common_set_path(espbak_backup_result *result, const char *path, espbak_error *err);

/* Seal, and fill path and hashes of the result. */
ESPBAK_MUST_USE espbak_status backup_common_seal(espbak_backup_writer *writer, const espbak_manifest *manifest,
                                                 espbak_backup_result *result, espbak_error *err);

#endif
