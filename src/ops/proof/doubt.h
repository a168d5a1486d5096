/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_DOUBT_H
#define OPS_DOUBT_H

/*
 * Which of the MD5s that agreed prove what they seem to. A request for an MD5 names an offset and a
 * size and has no checksum. With its size damaged on the way, or a byte more or less, no right MD5
 * comes back. With one bit of its offset damaged the right MD5 of another place comes, which agrees
 * where the same contents stand there. That cannot be where some sector of that other place is known
 * by another request to hold something else.
 */

#include "ops/proof/compare.h"

/*
 * `equal` are the ranges that agreed, each by one request; `doubtful` (start it empty) gets those of them
 * for which one damaged bit could have done that.
 */
ESPBAK_MUST_USE espbak_status doubt_find(const piece_list *pieces, const difference_list *equal, uint64_t flash_size,
                                         difference_list *doubtful, espbak_error *err);

#endif
