/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "device/flash/hash_batch.h"
#include "device/loader/own.h"
#include "device/transfer/hash.h"
#include "device/visit/range.h"
#include "device/visit/restart.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"

typedef struct hash_range {
    uint64_t offset, size;
} hash_range;

enum { NAMED_MOST = 32 }; /* more than what our own loader, or a batch, is asked for ahead of its results */

/*
 * Who names the ranges, and who takes the results. What was named is named once, and kept until its result is there:
 * where the chip has to be started anew it is asked for again.
 */
typedef struct hash_job {
    espbak_session *session;
    hash_choice choice;
    espbak_flash_md5_next next;
    espbak_flash_digest_take take;
    void *user;
    hash_range named[NAMED_MOST]; /* a ring; the results come in this order */
    size_t first, count, asked;   /* of `count` ranges the chip was asked for so many since it was started */
} hash_job;

/* The next range, which can be hashed. */
static espbak_status name_new(hash_job *job, bool *more, espbak_error *err)
{
    hash_range range = {.offset = 0};
    const espbak_status status = job->next(job->user, &range.offset, &range.size, more, err);
    if (status != ESPBAK_OK || !*more)
        return status;
    if (range.size == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "hashing nothing at 0x%" PRIX64, range.offset);
    if (job->count == NAMED_MOST)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "too many hashes are under way");
    job->named[(job->first + job->count++) % NAMED_MOST] = range;
    return range_check(job->session, "hashing", range.offset, range.size, err);
}

static espbak_status name_checked(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    hash_job *job = user;
    *more = true;
    const espbak_status status = job->asked == job->count ? name_new(job, more, err) : ESPBAK_OK;
    if (status != ESPBAK_OK || !*more)
        return status;
    const hash_range *range = &job->named[(job->first + job->asked++) % NAMED_MOST];
    *offset = range->offset;
    *size = range->size;
    return ESPBAK_OK;
}

static espbak_status hand_on(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                             espbak_error *err)
{
    hash_job *job = user;
    job->first = (job->first + 1) % NAMED_MOST;
    job->count--;
    job->asked--;
    return job->take(job->user, offset, size, found, err);
}

/* ---- by ROM or stub ---- */

/* The digests that came so far may belong to other ranges. */
static espbak_status ask_one_by_one(flash_batch *batch, espbak_error *err)
{
    espbak_session *session = batch->session;
    espbak_status status = restart_where_silent(session, err);
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
    for (size_t i = 0; i < batch->count && status == ESPBAK_OK; i++) {
        const flash_batch_item *item = &batch->items[i];
        espbak_flash_digest found = {.kind = ESPBAK_DIGEST_MD5};
        memcpy(found.bytes, item->md5, sizeof(found.bytes));
        status = hand_on(job, item->offset, item->size, &found, err);
    }
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

espbak_status hash_runs(espbak_session *session, hash_choice choice, hash_run_next next, hash_run_take take, void *user,
                        espbak_error *err)
{
    return clear_requests(session, flash_hash_runs(session, choice, next, take, user, err));
}

/* Another loader may run when the chip was started anew. */
static espbak_status hash_once(hash_job *job, espbak_error *err)
{
    espbak_session *session = job->session;
    job->asked = 0;
    const espbak_status status = espbak_flash_can_hash(session, err);
    if (status != ESPBAK_OK)
        return status;
    if (!session_has_own_loader(session))
        return hash_in_batches(job, err);
    return clear_requests(session,
                          flash_hash_many_by_own_loader(session, job->choice, name_checked, hand_on, job, err));
}

static espbak_status hash_all(hash_job *job, espbak_error *err)
{
    espbak_session *session = job->session;
    for (;;) {
        const unsigned restarts = espbak_session_get_stats(session).repairs.restarts;
        const bool own = session_has_own_loader(session); /* of a batch each range has been asked for again already */
        const espbak_status status = hash_once(job, err);
        const espbak_error why = *err;
        if (!own || status != ESPBAK_E_LINK)
            return status;
        if (restart_where_silent(session, err) != ESPBAK_OK)
            return err->status;
        if (espbak_session_get_stats(session).repairs.restarts == restarts)
            return (*err = why).status; /* it answers other requests */
        retry_say_at(RETRY_HASH, session->events, job->named[job->first].offset, 1, why.message);
        visit_count_retry(session);
        espbak_error_clear(err);
    }
}

espbak_status espbak_flash_digest_many(espbak_session *session, espbak_flash_md5_next next,
                                       espbak_flash_digest_take take, void *user, espbak_error *err)
{
    espbak_error ignored = {0};
    hash_job job = {.session = session, .choice = HASH_FASTEST, .next = next, .take = take, .user = user};
    return hash_all(&job, err != NULL ? err : &ignored);
}

/* ---- MD5 alone ---- */

typedef struct md5_caller {
    espbak_flash_md5_next next;
    espbak_flash_md5_take take;
    void *user;
} md5_caller;

static espbak_status name_for_md5(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    const md5_caller *caller = user;
    return caller->next(caller->user, offset, size, more, err);
}

static espbak_status take_md5(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                              espbak_error *err)
{
    const md5_caller *caller = user;
    return caller->take(caller->user, offset, size, found->bytes, err);
}

espbak_status espbak_flash_md5_many(espbak_session *session, espbak_flash_md5_next next, espbak_flash_md5_take take,
                                    void *user, espbak_error *err)
{
    espbak_error ignored = {0};
    md5_caller caller = {.next = next, .take = take, .user = user};
    hash_job job = {.session = session, .choice = HASH_MD5, .next = name_for_md5, .take = take_md5, .user = &caller};
    return hash_all(&job, err != NULL ? err : &ignored);
}
