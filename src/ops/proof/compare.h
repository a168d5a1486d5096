/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_COMPARE_H
#define OPS_COMPARE_H

/* Device against pieces, by the chip's own digest: first in large blocks, then smaller ones where they differ. */

#include "espbak/events.h"
#include "espbak/session.h"
#include "ops/pieces/piece.h"
#include "ops/proof/difference_list.h"

/*
 * 251 sectors, a prime number of them: no multiple of any size that reading or comparing had before, so that a
 * mistake in the address of one block cannot hide behind its own digest.
 */
enum { COMPARE_ODD_BLOCK = 251 * ESPBAK_FLASH_SECTOR };

typedef struct compare_options {
    uint64_t smallest; /* blocks that differ are cut down to this size: 4096, 64 KiB or more; power of two */
    const char *phase; /* of the progress */
    const espbak_events *events;
    uint64_t largest; /* blocks to begin with, in whole sectors; 0 for 1 MB */
    /* Where a phase is several looks: its bytes, and from where to where this one takes it, of 1. All 0: all of it. */
    uint64_t phase_bytes;
    double phase_from, phase_to;
} compare_options;

/* Fills `differences` (start it empty). Differing contents are no error here. */
ESPBAK_MUST_USE espbak_status compare_device(espbak_session *session, const piece_list *pieces,
                                             const compare_options *options, difference_list *differences,
                                             espbak_error *err);

/*
 * The same; `equal` gets each range that one request proved to be as it should, in the order of
 * asking. Long runs that are to be blank are asked for whole. The largest blocks are at most 64 KiB.
 */
ESPBAK_MUST_USE espbak_status compare_and_note(espbak_session *session, const piece_list *pieces,
                                               const compare_options *options, difference_list *differences,
                                               difference_list *equal, espbak_error *err);

/* Every byte of the pieces as a difference: what is written where nothing can be compared. */
ESPBAK_MUST_USE espbak_status compare_assume_all(const piece_list *pieces, difference_list *differences,
                                                 espbak_error *err);

#endif
