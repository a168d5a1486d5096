/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DOUBT_H
#define OPS_DOUBT_H

/*
 * Which MD5s that agreed may have agreed by mistake. A request for an MD5 names an offset and a size, and has no
 * checksum. If its size is damaged on the way, or a byte is lost or added, the MD5 that comes back is wrong and is
 * noticed. If one bit of its offset is damaged, the chip hashes another place; where the same contents stand there, the
 * MD5 agrees although nobody looked at the right place. That is ruled out where another request has shown that some
 * sector of that other place holds something else.
 */

#include "ops/proof/compare.h"

/*
 * `equal` are the ranges that agreed, each by one request; `doubtful` (start it empty) gets those that could have
 * agreed by one damaged bit.
 */
ESPBAK_MUST_USE espbak_status doubt_find(const piece_list *pieces, const difference_list *equal, uint64_t flash_size,
                                         difference_list *doubtful, espbak_error *err);

#endif
