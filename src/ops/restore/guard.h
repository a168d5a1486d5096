/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_GUARD_H
#define OPS_GUARD_H

/* The bootloader's first sector: erased before anything else and written last, so that nothing boots a mixture. */

#include "espbak/session.h"
#include "ops/proof/evidence.h"

typedef struct boot_guard {
    espbak_session *session;
    const piece_list *pieces;
    uint64_t offset;
    const espbak_events *events;
    bool can_hash;
} boot_guard;

/*
 * Erase it, and look whether it is erased. An erase that went elsewhere shows only there, since the sector
 * may be wanted as it was: then `e` is void. ESPBAK_E_DEVICE when it stays.
 */
ESPBAK_MUST_USE espbak_status guard_take_away(const boot_guard *g, evidence *e, espbak_error *err);

/* Once it is written: it and what stands behind it. ESPBAK_E_DIFFERS for either. */
ESPBAK_MUST_USE espbak_status guard_verify(const boot_guard *g, espbak_error *err);

#endif
