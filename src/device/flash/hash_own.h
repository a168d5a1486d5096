/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_HASH_OWN_H
#define DEVICE_FLASH_HASH_OWN_H

/*
 * MD5 by our own loader: many digests in one answer, many requests outstanding. Answers carry tags and
 * checksums, so each is certain by itself. Ranges are checked already.
 */

#include "device/session.h"
#include "espbak/flash.h"

/* Digests of `each` bytes over `size`; the last one may be shorter. All are multiples of WIRE_ALIGNMENT. */
typedef struct hash_run {
    uint32_t offset, size, each;
} hash_run;

typedef espbak_status (*hash_run_next)(void *user, hash_run *run, bool *more, espbak_error *err);
/* In the order in which the runs were named. */
typedef espbak_status (*hash_run_take)(void *user, const hash_run *run, const uint8_t *digests, espbak_error *err);

ESPBAK_MUST_USE espbak_status flash_hash_runs(espbak_session *session, hash_run_next next, hash_run_take take,
                                              void *user, espbak_error *err);

/* As espbak_flash_md5_many, for any ranges; `next` has checked them. */
ESPBAK_MUST_USE espbak_status flash_hash_many_by_own_loader(espbak_session *session, espbak_flash_md5_next next,
                                                            espbak_flash_md5_take take, void *user, espbak_error *err);

/* One range, aligned or not. */
ESPBAK_MUST_USE espbak_status flash_hash_one_by_own_loader(espbak_session *session, uint32_t offset, uint32_t size,
                                                           uint8_t md5[16], espbak_error *err);

#endif
