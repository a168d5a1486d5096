/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_ERASED_RUN_H
#define OPS_ERASED_RUN_H

/* Which sectors only have to be erased, because nothing else belongs there than 0xFF. */

#include "ops/proof/compare.h"

/*
 * How many bytes from `offset`, the start of a sector, up to `end` are alike: whole sectors that are
 * 0xFF in the pieces (*erased), or sectors that hold something.
 */
ESPBAK_MUST_USE espbak_status erased_run(const piece_list *pieces, uint64_t offset, uint64_t end, bool *erased,
                                         uint64_t *size, espbak_error *err);

/* Bytes of all such erased sectors in a list. */
ESPBAK_MUST_USE espbak_status erased_run_sum(const piece_list *pieces, const difference_list *list, uint64_t *sum,
                                             espbak_error *err);

#endif
