/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_HASH_OWN_H
#define DEVICE_FLASH_HASH_OWN_H

/*
 * Digests by our own loader: many of them in one answer, many requests outstanding. Answers carry tags and
 * checksums, so each is certain by itself. Ranges are checked already.
 */

#include "device/session.h"
#include "espbak/flash.h"

/* What may come: MD5 alone, or whatever is made fastest. */
typedef enum hash_choice { HASH_MD5, HASH_FASTEST } hash_choice;

/* Digests of `each` bytes over `size`; the last one may be shorter. All are multiples of WIRE_ALIGNMENT. */
typedef struct hash_run {
    uint32_t offset, size, each;
    espbak_digest_kind kind; /* of what is taken */
} hash_run;

typedef espbak_status (*hash_run_next)(void *user, hash_run *run, bool *more, espbak_error *err);
/* In the order in which the runs were named; WIRE_DIGEST_SIZE bytes for each part. */
typedef espbak_status (*hash_run_take)(void *user, const hash_run *run, const uint8_t *digests, espbak_error *err);

/* The first of them. */
espbak_flash_digest hash_run_digest(const hash_run *run, const uint8_t *digests);

ESPBAK_MUST_USE espbak_status flash_hash_runs(espbak_session *session, hash_choice choice, hash_run_next next,
                                              hash_run_take take, void *user, espbak_error *err);

/* As espbak_flash_digest_many, for any ranges; `next` has checked them. */
ESPBAK_MUST_USE espbak_status flash_hash_many_by_own_loader(espbak_session *session, hash_choice choice,
                                                            espbak_flash_md5_next next, espbak_flash_digest_take take,
                                                            void *user, espbak_error *err);

/* One range, aligned or not. */
ESPBAK_MUST_USE espbak_status flash_hash_one_by_own_loader(espbak_session *session, uint32_t offset, uint32_t size,
                                                           uint8_t md5[16], espbak_error *err);

#endif
