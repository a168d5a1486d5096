/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_PROOF_H
#define OPS_PROOF_H

/*
 * Verifies what was read by MD5s of the chip over other ranges than those it was read in. A request carries no
 * checksum: if the offset of a read was damaged on its way, bytes of another place came, and the digest fits them. Such
 * a place is narrowed down to sectors, which are read again and replaced.
 */

#include "espbak/events.h"
#include "espbak/session.h"
#include "ops/pieces/piece.h"

typedef struct proof {
    espbak_session *session;
    const piece_list *pieces; /* what was read, as it stands in its files */
    /* Replace bytes of what was read, at `offset` of the flash. */
    espbak_status (*patch)(void *user, uint64_t offset, const uint8_t *data, size_t size, espbak_error *err);
    void *user;
    bool witness; /* another program looks than the one that read, which is not proven: nothing is read again */
    const espbak_events *events;
    const char *phase; /* of the progress */
    const char *what;  /* for messages: "the backup" */

    /* Results, filled also when it failed. */
    uint64_t repaired; /* bytes of sectors that were replaced */
    bool reading;      /* it failed while reading sectors again */
    uint64_t at;       /* at this offset */
} proof;

/*
 * ESPBAK_OK means that in one pass over everything nothing differed. ESPBAK_E_DIFFERS after a few
 * passes in which something did: the contents change, or the line lies. Starts `repaired` at 0.
 */
ESPBAK_MUST_USE espbak_status proof_run(proof *p, espbak_error *err);

#endif
