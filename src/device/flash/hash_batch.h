/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_HASH_BATCH_H
#define DEVICE_FLASH_HASH_BATCH_H

/*
 * Hashes of many ranges by ROM or stub, one request queued behind the one that runs, so that the chip does
 * not wait for the line. Answers carry no address: where a request or an answer is lost every later answer
 * is taken for the one before it. So ranges go in batches. When all answers of a batch have come and
 * nothing is outstanding any more, each belongs to its range; when one is missing, damaged or a refusal,
 * none of the batch can be trusted.
 */

#include "base/digest.h"
#include "device/session.h"

enum { FLASH_BATCH_MOST = 16 }; /* ranges in a batch: after each the line stands still for a round trip */

typedef struct flash_batch_item {
    uint32_t offset, size;
    uint8_t md5[DIGEST_MD5_SIZE];
} flash_batch_item;

typedef struct flash_batch {
    espbak_session *session;
    flash_batch_item items[FLASH_BATCH_MOST];
    size_t count;
    uint64_t noise; /* of the line, before the first request */
} flash_batch;

/* How many ranges the next batch may have: fewer where requests got lost. */
size_t flash_batch_limit(espbak_session *session);

/* Fill in all digests, each asked for once. After an error none of them counts. */
ESPBAK_MUST_USE espbak_status flash_batch_hash(flash_batch *batch, espbak_error *err);

#endif
