/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_PROOF_H
#define OPS_PROOF_H

/*
 * The second look at what was read: the chip's MD5 over other ranges than those it was read in. A
 * request carries no checksum, so a read whose offset was damaged on its way brings the wrong bytes
 * with the right digest; what differs is therefore narrowed down to sectors, read again and put right.
 */

#include "espbak/events.h"
#include "espbak/session.h"
#include "ops/content/piece.h"

typedef struct proof {
    espbak_session *session;
    const piece_list *pieces; /* what was read, as it stands in its files */
    /* Change what was read, `offset` in the flash. NULL: nothing can be changed. */
    espbak_status (*patch)(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err);
    void *user;
    const espbak_events *events;
    const char *phase; /* of the progress */
    const char *what;  /* for messages: "the backup" */

    /* What came of it, filled also when it failed. */
    uint64_t repaired; /* bytes of sectors that were put right */
    bool reading;      /* it failed while reading again */
    uint64_t at;       /* from here on */
} proof;

/*
 * ESPBAK_OK means that in one pass over everything nothing differed. ESPBAK_E_DIFFERS after a few
 * passes in which something did: the contents change, or the line lies. Starts `repaired` at 0.
 */
ESPBAK_MUST_USE espbak_status proof_run(proof *p, espbak_error *err);

#endif
