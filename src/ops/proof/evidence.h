/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EVIDENCE_H
#define OPS_EVIDENCE_H

/*
 * The comparison before a restore, and what of it counts as proven afterwards, so that not all of the
 * flash has to be hashed once more. A range counts when its MD5 agreed, and agreed once more where
 * one damaged bit could have brought that from elsewhere (doubt.h). It counts as long as nothing
 * irregular happens in the session: no retry, no byte that belongs to nothing, no mismatch. Then
 * everything is compared again. What is looked at after writing in any case:
 *
 * - what was written or erased;
 * - behind each such range one sector, and the next one that holds something: an erase whose size was
 *   damaged on its way reaches on without a gap, blank sectors bear that, and no write carries more than
 *   was sent. (With its offset damaged it leaves its target as it was, which is wrong. The guarded sector
 *   may be wanted as it was, so it is looked at after its erase.)
 */

#include "espbak/session.h"
#include "ops/proof/compare.h"

typedef struct evidence {
    espbak_session_stats before; /* of the session, when the comparison began */
    bool counts;
} evidence;

/* compare_device, in a way that proves what it finds to be equal. */
ESPBAK_MUST_USE espbak_status evidence_compare(evidence *e, espbak_session *session, const piece_list *pieces,
                                               const compare_options *options, difference_list *differences,
                                               espbak_error *err);

/* Whether what was equal counts still. */
bool evidence_holds(const evidence *e, const espbak_session *session);

/* Something irregular has happened, or the session is another one. */
void evidence_drop(evidence *e);

/*
 * What of `pieces` has to be looked at when `written` is, and the sector at `guard` (UINT64_MAX for none), which itself
 * is left out. `rest` must not outlive `pieces`.
 */
ESPBAK_MUST_USE espbak_status evidence_rest(const espbak_session *session, const piece_list *pieces,
                                            const difference_list *written, uint64_t guard, piece_list *rest,
                                            espbak_error *err);

#endif
