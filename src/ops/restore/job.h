/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_RESTORE_JOB_H
#define OPS_RESTORE_JOB_H

/* What the files of a restore share. */

#include "device/visit/reconnect.h"
#include "ops/proof/evidence.h"
#include "ops/restore/parts.h"
#include "ops/safety/factory.h"

typedef struct restore_job {
    const espbak_restore_options *options;
    espbak_restore_options by_name; /* a copy with names, where the caller gave none and the backup has parts only */
    const char **names;
    espbak_restore_result *result;
    espbak_backup *backup;
    espbak_session *session;
    reconnect again;
    piece_list pieces;             /* everything that belongs on the flash */
    piece_list uncut;              /* what they were made of, when the bootloader is left out */
    restore_parts parts;           /* what it comes from */
    char kept[FACTORY_LABELS_MAX]; /* labels of factory data that is left alone */
    piece_list body;               /* `pieces` without the guarded sector */
    difference_list differences;
    evidence evidence; /* that everything else is equal */
    piece_list rest;   /* what has to be hashed after writing, as long as the evidence holds */
    bool can_hash;
    bool headless;       /* the bootloader's first sector goes, and does not come back */
    bool guarded;        /* the bootloader's first sector goes first and comes last */
    uint64_t guard;      /* where that sector is */
    uint64_t done, todo; /* bytes written */
    uint64_t seen;       /* of the flash's size; see end_of_flash.h */
    bool contradicted;   /* a witness has found something else than our own loader: no other try helps */
} restore_job;

/* Choose what has to be hashed after writing. */
ESPBAK_MUST_USE espbak_status restore_choose_rest(restore_job *job, espbak_error *err);

/* Have another program look where our own loader has worked and is not proven; see witness.h. */
ESPBAK_MUST_USE espbak_status restore_confirm(restore_job *job, const piece_list *pieces, espbak_error *err);

/* Write what differs and verify everything, the guarded sector first and last. */
ESPBAK_MUST_USE espbak_status restore_write_all(restore_job *job, espbak_error *err);

#endif
