/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_OUTSIDE_H
#define OPS_OUTSIDE_H

/*
 * What must stay as it is while something else is written by Espressif's stub or the ROM: their request that names the
 * place carries no checksum, and with one wrong bit it erases another one. So the rest of the flash is hashed before
 * and afterwards. Our own loader refuses what was not declared.
 */

#include "ops/proof/compare.h"

typedef struct outside_range {
    uint64_t offset, size;
    uint8_t md5[16];
} outside_range;

typedef struct outside {
    outside_range *ranges;
    size_t count, capacity;
    uint64_t bytes;
} outside;

/* Hash all that no piece has a byte of, in whole sectors; `spare` is left out too. Nothing for our own loader. */
ESPBAK_MUST_USE espbak_status outside_begin(outside *rest, espbak_session *session, const piece_list *pieces,
                                            espbak_range spare, const espbak_events *events, espbak_error *err);

/* ESPBAK_E_REFUSED, with flash_changed, when it is not what it was. `err` may hold why the job failed, and is replaced.
 */
ESPBAK_MUST_USE espbak_status outside_end(const outside *rest, espbak_session *session, espbak_status status,
                                          espbak_error *err);

void outside_free(outside *rest);

#endif
