/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_HANDED_H
#define OPS_HANDED_H

/*
 * What was handed on as it came and cannot be had back: the MD5s of its blocks are kept for the second look, which
 * the chip's own are compared with.
 */

#include "base/digest.h"
#include "espbak/events.h"
#include "espbak/session.h"

typedef struct handed_block {
    uint64_t offset, size;
    uint8_t md5[DIGEST_MD5_SIZE];
} handed_block;

/* Starts as {0}. */
typedef struct handed {
    handed_block *blocks;
    size_t count, capacity;
    digest *hash; /* of the block under way */
    uint64_t begun, at;
} handed;

/* Bytes come from `offset` of the flash on, without a gap. */
ESPBAK_MUST_USE espbak_status handed_begin(handed *h, uint64_t offset, espbak_error *err);
ESPBAK_MUST_USE espbak_status handed_add(handed *h, const uint8_t *data, size_t size, espbak_error *err);
void handed_free(handed *h);

/*
 * ESPBAK_E_DIFFERS for what is not what the chip has. More may come afterwards. A damaged request brings
 * the wrong digest, so what differs is asked about again first.
 */
ESPBAK_MUST_USE espbak_status handed_compare(handed *h, espbak_session *session, const char *phase,
                                             const espbak_events *events, espbak_error *err);

#endif
