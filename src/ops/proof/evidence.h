/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EVIDENCE_H
#define OPS_EVIDENCE_H

/*
 * What the comparison before a restore has proven, so that not all of the flash has to be hashed again afterwards. A
 * range is proven when its MD5 agreed, and agreed a second time where one damaged bit could explain the first
 * (doubt.h). That holds as long as nothing irregular happens in the session: no retry, no byte that belongs to no
 * answer, no mismatch. Otherwise everything is compared again. In any case these are hashed after writing:
 *
 * - what was written or erased;
 * - behind each such range one sector, and the next sector that holds something. If the size of an erase was damaged on
 *   its way, the erase goes on without a gap: where the sectors behind are erased anyway that does no harm, so the
 * first one that is not shows it. A write cannot go on, it has no more bytes than were sent. (If the offset of an erase
 * was damaged, its target still holds what was there, which the comparison finds. The bootloader's first sector may be
 *   meant to hold what it did, so it is looked at after its erase, and where it is erased already nothing is asked
 * for.)
 */

#include "espbak/session.h"
#include "ops/proof/compare.h"

typedef struct evidence {
    espbak_session_stats before; /* of the session, when the comparison began */
    bool counts;
} evidence;

/* As compare_device; what it finds equal is proven in the sense above. */
ESPBAK_MUST_USE espbak_status evidence_compare(evidence *e, espbak_session *session, const piece_list *pieces,
                                               const compare_options *options, difference_list *differences,
                                               espbak_error *err);

/* Whether what was proven still counts. */
bool evidence_holds(const evidence *e, const espbak_session *session);

/* It counts no more: something irregular happened, or it is another session. */
void evidence_drop(evidence *e);

/*
 * Which parts of `pieces` have to be hashed after `written` was written. The sector at `guard` (UINT64_MAX for none)
 * counts as written, but is left out of `rest`. `rest` must not outlive `pieces`.
 */
ESPBAK_MUST_USE espbak_status evidence_rest(const espbak_session *session, const piece_list *pieces,
                                            const difference_list *written, uint64_t guard, piece_list *rest,
                                            espbak_error *err);

#endif
