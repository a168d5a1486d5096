/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_GUARD_H
#define OPS_GUARD_H

/* The bootloader's first sector: erased first and written last, so that a half-done restore does not boot. */

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
 * Erase it, and check that it is erased. If the request for the erase arrived with another offset, something else was
 * erased, and this check is what shows it: `e` is dropped then. ESPBAK_E_DEVICE when the sector cannot be erased.
 */
ESPBAK_MUST_USE espbak_status guard_take_away(const boot_guard *g, evidence *e, espbak_error *err);

/* After it is written: compare it and the sector behind it. ESPBAK_E_DIFFERS for either. */
ESPBAK_MUST_USE espbak_status guard_verify(const boot_guard *g, espbak_error *err);

#endif
