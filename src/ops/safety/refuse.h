/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_REFUSE_H
#define OPS_REFUSE_H

/* What is dangerous to write, as a table: refused before anything is erased, unless forced. */

#include "espbak/boot.h"
#include "espbak/device.h"
#include "espbak/events.h"
#include "espbak/manifest.h"
#include "espbak/session.h"
#include "ops/pieces/piece.h"

typedef struct refuse_target {
    const espbak_device_info *device;
    const piece_list *pieces;
    const espbak_manifest *manifest; /* NULL for raw files */
    const espbak_events *events;
    const espbak_boot_report *boot;      /* of a backup that is to be restored whole; NULL otherwise */
    const espbak_partition_table *table; /* in what is to be written; NULL or empty where there is none */
    const espbak_chip *recognised;       /* by the images in a backup that does not tell its chip; NULL for none */
    const char *missing;                 /* what makes a device boot, and the backup does not have; NULL for nothing */
    const espbak_boot_report *before;    /* of raw files, and of what is erased: the device as it is; NULL: unknown */
    const espbak_boot_report *after;     /* and as it will be */
    bool erase;                          /* nothing is written */
    bool all;                            /* everything is erased, on purpose */
    bool parts;                          /* named parts go where the device's table has them */
    bool force;                          /* warn instead */
} refuse_target;

enum { REFUSE_WHY_MAX = 320 };

typedef struct refuse_row {
    const char *name;
    /* True when the row applies; `why` gets a clause that says what and why. */
    bool (*applies)(const refuse_target *target, char why[REFUSE_WHY_MAX]);
} refuse_row;

const refuse_row *refuse_rows(size_t *count);

/* ESPBAK_E_REFUSED for the first row that applies. */
ESPBAK_MUST_USE espbak_status refuse_check(const refuse_target *target, espbak_error *err);

/* The first row alone: places of another chip's backup mean nothing. */
ESPBAK_MUST_USE espbak_status refuse_check_chip(const refuse_target *target, espbak_error *err);

/*
 * Why the flash may not hold what was written: it is protected, as its status registers said at the beginning, or
 * smaller than it says, or worn out. `again` is what to try first: "run the restore again".
 */
void refuse_hint_unwritten(espbak_session *session, const char *again, espbak_error *err);

#endif
