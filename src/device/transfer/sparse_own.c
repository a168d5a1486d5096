/* SPDX-License-Identifier: Apache-2.0 */
#include "device/transfer/hash.h"
#include "device/transfer/sparse.h"

/*
 * By our own loader erased blocks cost nothing to read, so there is nothing to find out without a base; only
 * the estimate wants to know how much is erased, and some samples tell. With a base the digests of all
 * its sectors come in long rows.
 */

enum {
    SAMPLES = 64,
    SAMPLES_FROM = 1024 * 1024, /* bytes to read that are worth an estimate */
    RUN = 64 * SPARSE_SECTOR,
};

typedef struct looking {
    espbak_sparse_plan *plan;
    uint64_t at, end;
    unsigned sample, blank;
} looking;

static void count(looking *l, uint64_t size, unsigned digests)
{
    l->plan->summary.hashed_bytes += size;
    l->plan->summary.hashes += digests;
}

/* ---- samples ---- */

/* Spread evenly, each somewhere else in its part, so that what lies in regular places is not missed or hit each time.
 */
static uint64_t sample_place(const espbak_sparse_plan *plan, unsigned i)
{
    const uint64_t part = plan->sectors / SAMPLES;
    return plan->first + (i * part + i * UINT64_C(2654435761) % part) * SPARSE_SECTOR;
}

static espbak_status name_sample(void *user, hash_run *run, bool *more, espbak_error *err)
{
    looking *l = user;
    (void)err;
    *more = l->sample < SAMPLES;
    if (!*more)
        return ESPBAK_OK;
    *run = (hash_run){
        .offset = (uint32_t)sample_place(l->plan, l->sample++), .size = SPARSE_SECTOR, .each = SPARSE_SECTOR};
    count(l, SPARSE_SECTOR, 1);
    return ESPBAK_OK;
}

static espbak_status take_sample(void *user, const hash_run *run, const uint8_t *digests, espbak_error *err)
{
    looking *l = user;
    uint8_t state = SECTOR_UNKNOWN;
    const espbak_flash_digest found = hash_run_digest(run, digests);
    const espbak_status status = sparse_recognise(l->plan, run->offset, run->size, &found, &state, err);
    l->blank += state == SECTOR_ERASED;
    return status;
}

static espbak_status sample(espbak_sparse_plan *plan, espbak_error *err)
{
    looking l = {.plan = plan};
    if (plan->sectors * (uint64_t)SPARSE_SECTOR < SAMPLES_FROM)
        return ESPBAK_OK;
    const espbak_status status = hash_runs(plan->session, HASH_FASTEST, name_sample, take_sample, &l, err);
    plan->blank_share = (double)l.blank / SAMPLES;
    return status;
}

/* ---- a base ---- */

static bool is_wanted(const espbak_sparse_plan *plan, uint64_t at)
{
    return plan->options->measure || sparse_may_be_held(plan, at, SPARSE_SECTOR);
}

/* Sectors in a row of which the base has something, or that are to be measured, up to the length of a run. */
static espbak_status name_held(void *user, hash_run *run, bool *more, espbak_error *err)
{
    looking *l = user;
    (void)err;
    while (l->at < l->end && !is_wanted(l->plan, l->at))
        l->at += SPARSE_SECTOR;
    *run = (hash_run){.offset = (uint32_t)l->at, .each = SPARSE_SECTOR};
    while (l->at < l->end && run->size < RUN && is_wanted(l->plan, l->at)) {
        run->size += SPARSE_SECTOR;
        l->at += SPARSE_SECTOR;
    }
    *more = run->size > 0;
    count(l, run->size, run->size / SPARSE_SECTOR);
    return ESPBAK_OK;
}

static espbak_status take_held(void *user, const hash_run *run, const uint8_t *digests, espbak_error *err)
{
    const looking *l = user;
    espbak_sparse_plan *plan = l->plan;
    for (uint32_t done = 0; done < run->size; done += SPARSE_SECTOR, digests += DIGEST_SHORT_SIZE) {
        const uint64_t at = (uint64_t)run->offset + done;
        uint8_t *state = &plan->state[(at - plan->first) / SPARSE_SECTOR];
        const espbak_flash_digest found = hash_run_digest(run, digests);
        if (sparse_recognise(plan, at, SPARSE_SECTOR, &found, state, err) != ESPBAK_OK)
            return err->status;
    }
    espbak_report_progress(plan->session->events, "comparing", (uint64_t)run->offset + run->size - plan->offset,
                           plan->end - plan->offset);
    return ESPBAK_OK;
}

static espbak_status compare(espbak_sparse_plan *plan, espbak_error *err)
{
    looking l = {.plan = plan, .at = plan->first, .end = plan->first + plan->sectors * (uint64_t)SPARSE_SECTOR};
    return hash_runs(plan->session, HASH_FASTEST, name_held, take_held, &l, err);
}

espbak_status sparse_probe_by_own_loader(espbak_sparse_plan *plan, espbak_error *err)
{
    const espbak_time begun = espbak_clock_now(session_clock(plan->session));
    const espbak_status status = plan->base_at_hand || plan->options->measure ? compare(plan, err) : sample(plan, err);
    plan->summary.hash_seconds = (double)(espbak_clock_now(session_clock(plan->session)) - begun) / ESPBAK_S;
    return status;
}
