/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_SNAPSHOT_H
#define OPS_SNAPSHOT_H

/* What a restore will overwrite, saved first as a backup of its own. */

#include "espbak/ops.h"

typedef struct snapshot {
    const espbak_session_options *options;
    unsigned wait_seconds;    /* how long the device may stay away */
    espbak_session **session; /* replaced when the device had to be looked for */
    const char *folder;
    const char *of;   /* the backup that is restored, for the note */
    bool reconnected; /* the device had to be looked for */
    espbak_range *ranges;
    size_t count;
    char *path; /* of the backup, to be freed; NULL until it is sealed */
} snapshot;

void snapshot_free(snapshot *s);

/* Note bytes that will be overwritten; widened to whole sectors. */
ESPBAK_MUST_USE espbak_status snapshot_add(snapshot *s, uint64_t offset, uint64_t size, espbak_error *err);

/* Read, verify and seal. An error leaves the flash as it was. */
ESPBAK_MUST_USE espbak_status snapshot_take(snapshot *s, espbak_error *err);

#endif
