/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_RESTORE_PARTS_H
#define OPS_RESTORE_PARTS_H

/* restore --only: parts of a backup to where the device's own partition table has their names. */

#include "espbak/flash.h"
#include "espbak/restore.h"
#include "ops/content/backup_parts.h"
#include "ops/restore/activation.h"

/* Starts as {0}. */
typedef struct restore_parts {
    const espbak_restore_options *options;
    backup_parts from;
    espbak_contents *on_device;
    const espbak_partition *activate; /* on the device; NULL when nothing is to be activated */
    activation boot;                  /* how it is */
} restore_parts;

void restore_parts_free(restore_parts *parts);

/* Find the names in the backup. ESPBAK_E_USAGE lists what it holds. */
ESPBAK_MUST_USE espbak_status restore_parts_choose(restore_parts *parts, const espbak_restore_options *options,
                                                   espbak_backup *backup, espbak_error *err);

/*
 * Fill `pieces` with the parts, each at its place on the device; they borrow from `parts`.
 * ESPBAK_E_REFUSED where name, place, size or type do not agree, unless forced.
 */
ESPBAK_MUST_USE espbak_status restore_parts_place(restore_parts *parts, espbak_session *session, piece_list *pieces,
                                                  espbak_error *err);

/* Make the restored application boot: the last thing that is written. Nothing without --activate. */
ESPBAK_MUST_USE espbak_status restore_parts_activate(restore_parts *parts, espbak_session *session, espbak_error *err);

/* Bytes that restore_parts_activate will write. */
uint64_t restore_parts_activation_bytes(const restore_parts *parts);

#endif
