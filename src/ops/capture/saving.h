/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_SAVING_H
#define OPS_SAVING_H

/*
 * What does not have to be read: erased blocks, what an earlier backup of the same device holds already, and what any
 * other backup does, wherever it stands there. Finds them, asks the partition table what is unused, makes plans, and
 * tells the user.
 */

#include "espbak/flash.h"
#include "ops/capture/destination.h"
#include "ops/capture/known.h"

enum { SAVING_HINTS_MAX = 2 * ESPBAK_PARTITIONS_MAX + 2 };

typedef struct saving_wanted {
    bool full;
    bool no_verify;     /* what is read will not be verified afterwards */
    const char *base;   /* a backup that the caller named; NULL for none */
    const char *folder; /* else one in here, and what all others in here hold; NULL for none */
    const espbak_events *events;
} saving_wanted;

typedef struct saving {
    saving_wanted wanted;
    espbak_sparse_options options; /* for plans; points into this struct, which must stay where it is */
    espbak_backup *base;
    piece_list pieces; /* of the base */
    known *known;      /* what other backups hold; NULL for nothing */
    bool base_failed;  /* one of them could not be read */
    espbak_sparse_hint hints[SAVING_HINTS_MAX];
    espbak_savings sum; /* of all plans so far; without the base and other backups */
    char *base_path;    /* of the base, also when it was given up; NULL for none */
} saving;

/*
 * Find a base and hints for `size` bytes from `offset`. ESPBAK_E_FILE when a backup that was named cannot be used, and
 * errors that end a session; anything else that goes wrong only means that less is saved.
 */
ESPBAK_MUST_USE espbak_status saving_open(saving *s, espbak_session *session, const saving_wanted *wanted,
                                          uint64_t offset, uint64_t size, espbak_error *err);
void saving_close(saving *s);

/*
 * Where nothing was taken from an earlier backup of the device: open the newest one that has most of its first `size`
 * bytes, to be looked into. False where there is none.
 */
bool saving_find_earlier(saving *s, const espbak_device_info *device, uint64_t size);

/* Make a plan and say it; counted in s->sum. */
ESPBAK_MUST_USE espbak_status saving_plan(saving *s, espbak_session *session, uint64_t offset, uint64_t size,
                                          espbak_sparse_plan **plan, espbak_error *err);

/*
 * Whether a plan or a read failed because the base cannot be read. If so the base is not used any more, and what failed
 * can be tried again.
 */
bool saving_lost_base(saving *s, espbak_error *err);

/* Let the file system keep once what both backups have, where it can; the region being written starts at `region`. */
void saving_share(saving *s, const espbak_sparse_plan *plan, const destination *d, uint64_t region);

/* All of it for a result, which owns it then. */
void saving_report(const saving *s, espbak_savings *out);

/* Count what of [from, to), which is within the plan, was read, erased or taken from the base. */
void saving_count(saving *s, const espbak_sparse_plan *plan, uint64_t from, uint64_t to);

#endif
