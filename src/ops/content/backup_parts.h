/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_BACKUP_PARTS_H
#define OPS_BACKUP_PARTS_H

/* A backup by the names of its partitions, whether it holds the whole flash or parts of it. */

#include "ops/content/select.h"
#include "ops/pieces/piece.h"

/* Starts as {0}. */
typedef struct backup_parts {
    espbak_backup *backup;     /* borrowed */
    piece_list whole;          /* all that it has */
    espbak_contents *contents; /* what that says */
    select_list *wanted;
} backup_parts;

void backup_parts_free(backup_parts *parts);

/* Explain a backup; `outline` leaves out what takes reading all of it. */
ESPBAK_MUST_USE espbak_status backup_parts_explain(backup_parts *parts, espbak_backup *backup,
                                                   const espbak_table_source *table, bool outline, espbak_error *err);

/* Find names in it; of an application that is there the rest of its partition may be missing, and is left out then.
 * ESPBAK_E_USAGE lists what it holds. */
ESPBAK_MUST_USE espbak_status backup_parts_choose(backup_parts *parts, const char *const *names, size_t count,
                                                  espbak_error *err);

/* How many bytes from `offset` on the backup holds, as far as they are in one file. */
uint64_t backup_parts_held(const backup_parts *parts, uint64_t offset);

#endif
