/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_CHANGE_H
#define OPS_CHANGE_H

/* A write or an erase once it is known what: plan, question, the change itself, and its proof. */

#include "device/visit/reconnect.h"
#include "espbak/ops.h"
#include "ops/change/view.h"

typedef struct change_job change_job;

struct change_job {
    const espbak_session_options *options;
    view_wish wish; /* its session is the job's */
    bool all;       /* erase: everything, on purpose */
    bool dry_run, no_verify;
    unsigned wait_seconds;
    espbak_status (*plan)(void *user, const espbak_change_plan *plan, espbak_error *err);
    void *user;
    /* Fills the pieces where the device has to be known for it; NULL: they are filled already. */
    espbak_status (*choose)(change_job *job, void *chooser, espbak_error *err);
    void *chooser;
    espbak_write_result *result;
    piece_list pieces;

    /* The rest starts as zero. */
    espbak_session *session;
    reconnect again;
    view *view;
    bool verify, can_hash;
    uint64_t seen; /* of the flash's size; see end_of_flash.h */
    bool begun;    /* something may be on the flash already */
    bool doubtful; /* a try failed, or the device was away: what is there is compared in any case */
};

/* Do all of it; change_free afterwards. */
ESPBAK_MUST_USE espbak_status change_run(change_job *job, espbak_error *err);
void change_free(change_job *job);

/* ---- change_write.c ---- */

/* Write or erase the pieces, and prove it. */
ESPBAK_MUST_USE espbak_status change_write(change_job *job, espbak_error *err);

#endif
