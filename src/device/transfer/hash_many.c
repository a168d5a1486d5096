/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "device/flash/hash_batch.h"
#include "device/loader/own.h"
#include "device/loader/resync.h"
#include "device/transfer/hash.h"
#include "device/visit/range.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

/* Who names the ranges, and who takes the results. */
typedef struct hash_job {
    espbak_session *session;
    espbak_flash_md5_next next;
    espbak_flash_md5_take take;
    void *user;
} hash_job;

/* The next range, which can be hashed. */
static espbak_status name_checked(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    const hash_job *job = user;
    const espbak_status status = job->next(job->user, offset, size, more, err);
    if (status != ESPBAK_OK || !*more)
        return status;
    if (*size == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "hashing nothing at 0x%" PRIX64, *offset);
    return range_check(job->session, "hashing", *offset, *size, err);
}

static espbak_status hand_on(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    const hash_job *job = user;
    return job->take(job->user, offset, size, md5, err);
}

/* ---- by ROM or stub ---- */

/* The digests that came so far may belong to other ranges. */
static espbak_status ask_one_by_one(flash_batch *batch, espbak_error *err)
{
    espbak_session *session = batch->session;
    espbak_status status = loader_resync(session, err);
    for (size_t i = 0; status == ESPBAK_OK && i < batch->count; i++) {
        flash_batch_item *item = &batch->items[i];
        status = espbak_flash_md5(session, item->offset, item->size, item->md5, err);
    }
    return status;
}

static espbak_status hash_batch(flash_batch *batch, espbak_error *err)
{
    espbak_session *session = batch->session;
    const espbak_status status = flash_batch_hash(batch, err);
    if (!retry_helps(RETRY_HASH, status))
        return status;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "%zu hashes from 0x%" PRIX32 " on are asked for one by one: %s",
               batch->count, batch->items[0].offset, err->message);
    visit_count_retry(session);
    return ask_one_by_one(batch, err);
}

static espbak_status fill_batch(flash_batch *batch, hash_job *job, espbak_error *err)
{
    const size_t limit = flash_batch_limit(job->session);
    bool more = true;
    batch->count = 0;
    while (batch->count < limit) {
        uint64_t offset = 0, size = 0;
        const espbak_status status = name_checked(job, &offset, &size, &more, err);
        if (status != ESPBAK_OK || !more)
            return status;
        batch->items[batch->count++] = (flash_batch_item){.offset = (uint32_t)offset, .size = (uint32_t)size};
    }
    return ESPBAK_OK;
}

static espbak_status hand_out(const flash_batch *batch, hash_job *job, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < batch->count && status == ESPBAK_OK; i++)
        status = hand_on(job, batch->items[i].offset, batch->items[i].size, batch->items[i].md5, err);
    return status;
}

static espbak_status hash_in_batches(hash_job *job, espbak_error *err)
{
    flash_batch batch = {.session = job->session};
    for (;;) {
        espbak_status status = fill_batch(&batch, job, err);
        if (status != ESPBAK_OK || batch.count == 0)
            return status;
        status = hash_batch(&batch, err);
        if (status != ESPBAK_OK)
            return espbak_error_prefix(err, "hashing flash from 0x%" PRIX32 " on", batch.items[0].offset);
        espbak_error_clear(err);
        status = hand_out(&batch, job, err);
        if (status != ESPBAK_OK)
            return status;
    }
}

/* ---- by our own loader ---- */

/* Answers that are still outstanding must not be taken for those of what comes next. */
static espbak_status clear_requests(espbak_session *session, espbak_status status)
{
    espbak_error ignored = {0};
    if (retry_helps(RETRY_HASH, status))
        (void)(own_resync(session, &ignored) == ESPBAK_OK);
    return status;
}

espbak_status hash_runs(espbak_session *session, hash_run_next next, hash_run_take take, void *user, espbak_error *err)
{
    return clear_requests(session, flash_hash_runs(session, next, take, user, err));
}

espbak_status espbak_flash_md5_many(espbak_session *session, espbak_flash_md5_next next, espbak_flash_md5_take take,
                                    void *user, espbak_error *err)
{
    espbak_error ignored = {0};
    hash_job job = {session, next, take, user};
    err = err != NULL ? err : &ignored;
    const espbak_status status = espbak_flash_can_hash(session, err);
    if (status != ESPBAK_OK)
        return status;
    if (!session_has_own_loader(session))
        return hash_in_batches(&job, err);
    return clear_requests(session, flash_hash_many_by_own_loader(session, name_checked, hand_on, &job, err));
}
