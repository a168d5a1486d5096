/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "device/transfer/sparse.h"

/*
 * Three passes over the range. The sweep looks at cell after cell; where nothing is found it leaves
 * out more and more of them, where much is found its blocks grow. The second pass looks at cells that
 * were left out beside ones that are known, outwards until nothing more is found. The third looks at
 * the sectors of cells that hold something else, as long as what that finds pays for the hashing.
 */

enum {
    GROWN = 4 * SPARSE_CELL,   /* well inside an erased area */
    UNUSED = 16 * SPARSE_CELL, /* where nothing is expected */
    GROW_AFTER = 16,
    UNLUCKY_AHEAD = 4,     /* at most so many blocks are asked for ahead where nothing was found so far */
    CONFIRM_SECTORS = 251, /* in other blocks than before */
    SKIP_MOST = 15,        /* cells left out in a row: at least one of sixteen is looked at */
    AGAIN_MOST = 64,
};

/* What share of the bytes looked at was known lately, from 0 to 1. */
typedef struct expectation {
    double share;
} expectation;

typedef struct range {
    uint64_t offset, end;
} range;

typedef struct probing {
    espbak_sparse_plan *plan;
    uint64_t at, end, step;
    expectation sweep[2], border[2], inside[2]; /* without a base, and where one has a say */
    unsigned lucky;                             /* erased blocks in a row */
    bool missed;                                /* the last block held data that is not known */
    unsigned skip;                              /* cells to leave out before the next one */
    range again[AGAIN_MOST];                    /* large blocks that were not known, to be looked at cell by cell */
    size_t again_count;
    unsigned out;        /* blocks named whose results have not come */
    uint64_t cell, left; /* third pass: the cell whose sectors are named, and bytes of it not named yet */
    uint64_t found;      /* bytes that are known now, of the cell or of the pass */
    expectation *judged; /* third pass: counts what such cells turned out to hold */
    uint64_t noise;      /* on the line before */
} probing;

static size_t index_of(const espbak_sparse_plan *plan, uint64_t offset)
{
    return (size_t)((offset - plan->first) / SPARSE_SECTOR);
}

static void learn(expectation *e, double share)
{
    e->share += (share - e->share) / 4;
}

static void mark(espbak_sparse_plan *plan, uint64_t offset, uint64_t size, uint8_t state)
{
    memset(plan->state + index_of(plan, offset), state, (size_t)(size / SPARSE_SECTOR));
}

static bool is_known(uint8_t state)
{
    return state == SECTOR_ERASED || state == SECTOR_BASE;
}

/* Whether the sector before or behind a block is known not to need reading. */
static bool touches_known(const espbak_sparse_plan *plan, uint64_t offset, uint64_t end)
{
    const size_t from = index_of(plan, offset), to = index_of(plan, end);
    return (from > 0 && is_known(plan->state[from - 1])) || (to < plan->sectors && is_known(plan->state[to]));
}

/* Whether hashing a block in so many requests costs less than what it is expected to save. */
static bool pays(const probing *p, uint64_t size, uint64_t requests, double share)
{
    const double per_byte = sparse_read_time(p->plan, 1024 * 1024) / (1024 * 1024);
    return sparse_hash_time(p->plan, size, requests) < share * per_byte * (double)size;
}

static void count(probing *p, uint64_t size)
{
    p->plan->summary.hashed_bytes += size;
    p->plan->summary.hashes++;
    p->out++;
}

/* What a block that was named holds, by the digest that came. */
static espbak_status recognise(probing *p, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                               uint8_t *state, espbak_error *err)
{
    p->out--;
    return sparse_recognise(p->plan, offset, size, found, state, err);
}

/* The same into the plan; what is known now counts for the cell or the pass. */
static espbak_status note_found(probing *p, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                espbak_error *err)
{
    uint8_t state;
    const espbak_status status = recognise(p, offset, size, found, &state, err);
    if (status != ESPBAK_OK)
        return status;
    mark(p->plan, offset, size, state);
    p->found += is_known(state) ? size : 0;
    return ESPBAK_OK;
}

static expectation *expected(const probing *p, expectation each[2], uint64_t offset, uint64_t size)
{
    return &each[sparse_may_be_held(p->plan, offset, size) ? 1 : 0];
}

/* ---- first pass ---- */

static uint64_t next_cell(const probing *p, uint64_t at)
{
    return sparse_block_end(p->plan, at, SPARSE_CELL);
}

/* Leave out cells where looking does not pay; true when none is left. */
static bool skip_cells(probing *p)
{
    if (p->at >= p->end)
        return true;
    const uint64_t size = next_cell(p, p->at) - p->at;
    if (pays(p, SPARSE_CELL, 1, expected(p, p->sweep, p->at, size)->share))
        return false;
    if (!pays(p, SPARSE_CELL, 1, 1)) { /* not even where all of it is known */
        p->at = p->end;
        return true;
    }
    p->skip = p->skip * 2 + 1 < SKIP_MOST ? p->skip * 2 + 1 : SKIP_MOST;
    for (unsigned i = 0; i < p->skip && p->at < p->end; i++)
        p->at = next_cell(p, p->at);
    return p->at >= p->end;
}

/* Until the chip's rate is known, and where nothing is found, each result counts for what is done next. */
static bool should_wait(const probing *p)
{
    if (p->out == 0)
        return false;
    return !espbak_flash_get_rates(p->plan->session).hash_measured || (p->missed && p->out >= UNLUCKY_AHEAD);
}

static espbak_status name_swept(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    probing *p = user;
    (void)err;
    *more = true;
    if (p->again_count > 0) {
        range *r = &p->again[p->again_count - 1];
        *offset = r->offset;
        *size = bytes_min64(next_cell(p, r->offset), r->end) - r->offset;
        r->offset += *size;
        if (r->offset >= r->end)
            p->again_count--;
    } else {
        *more = !should_wait(p) && !skip_cells(p);
        if (!*more)
            return ESPBAK_OK;
        const uint64_t step = sparse_is_unused(p->plan, p->at) ? UNUSED : p->step;
        *offset = p->at;
        *size = sparse_block_end(p->plan, p->at, step) - p->at;
        p->at += *size;
    }
    count(p, *size);
    return ESPBAK_OK;
}

static void judge_swept(probing *p, uint64_t offset, uint64_t size, uint8_t state)
{
    const bool large = size > SPARSE_CELL, known = is_known(state);
    p->lucky = state == SECTOR_ERASED ? p->lucky + 1 : 0;
    p->missed = !known;
    p->step = p->lucky >= GROW_AFTER ? GROWN : SPARSE_CELL;
    if (known)
        p->skip = 0;
    if (known || !large)
        learn(expected(p, p->sweep, offset, size), known ? 1 : 0);
    if (!known && large && p->again_count < AGAIN_MOST) {
        mark(p->plan, offset, size, SECTOR_UNKNOWN);
        p->again[p->again_count++] = (range){offset, offset + size};
    }
}

static espbak_status take_swept(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                espbak_error *err)
{
    probing *p = user;
    uint8_t state;
    if (recognise(p, offset, size, found, &state, err) != ESPBAK_OK)
        return err->status;
    mark(p->plan, offset, size, state);
    judge_swept(p, offset, size, state);
    espbak_report_progress(p->plan->session->events, "comparing", offset + size - p->plan->offset,
                           p->plan->end - p->plan->offset);
    return ESPBAK_OK;
}

/* ---- second pass ---- */

static espbak_status name_skipped(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    probing *p = user;
    (void)err;
    *more = false;
    for (; p->at < p->end; p->at = next_cell(p, p->at)) {
        const uint64_t cell_end = next_cell(p, p->at);
        if (p->plan->state[index_of(p->plan, p->at)] != SECTOR_UNKNOWN || !touches_known(p->plan, p->at, cell_end))
            continue;
        *more = true;
        *offset = p->at;
        *size = cell_end - p->at;
        p->at = cell_end;
        count(p, *size);
        return ESPBAK_OK;
    }
    return ESPBAK_OK;
}

static espbak_status take_skipped(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                  espbak_error *err)
{
    return note_found(user, offset, size, found, err);
}

static espbak_status look_beside(probing *p, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    do {
        p->found = 0;
        p->at = p->plan->first;
        if (pays(p, SPARSE_CELL, 1, 0.5))
            status = espbak_flash_digest_many(p->plan->session, name_skipped, take_skipped, p, err);
    } while (status == ESPBAK_OK && p->found > 0);
    return status;
}

/* ---- third pass ---- */

/* The next cell whose sectors are worth a look. */
static bool find_mixed(probing *p)
{
    for (; p->at < p->end; p->at = next_cell(p, p->at)) {
        const uint64_t cell_end = next_cell(p, p->at);
        const uint64_t size = cell_end - p->at;
        const uint8_t state = p->plan->state[index_of(p->plan, p->at)];
        if (is_known(state) || size <= SPARSE_SECTOR)
            continue;
        expectation *each = touches_known(p->plan, p->at, cell_end) ? p->border : p->inside;
        p->judged = expected(p, each, p->at, size);
        if (pays(p, size, size / SPARSE_SECTOR, p->judged->share))
            return true;
    }
    return false;
}

/* Sector by sector; the next cell only when this one is judged. */
static espbak_status name_sector(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    probing *p = user;
    (void)err;
    *more = false;
    if (p->left == 0) {
        if (p->out > 0 || !find_mixed(p))
            return ESPBAK_OK;
        p->cell = p->at;
        p->left = next_cell(p, p->at) - p->at;
        p->at += p->left;
        p->found = 0;
    }
    *more = true;
    *offset = p->at - p->left;
    *size = SPARSE_SECTOR;
    p->left -= SPARSE_SECTOR;
    count(p, *size);
    return ESPBAK_OK;
}

static espbak_status take_sector(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                 espbak_error *err)
{
    probing *p = user;
    if (note_found(p, offset, size, found, err) != ESPBAK_OK)
        return err->status;
    if (p->out == 0 && p->left == 0)
        learn(p->judged, (double)p->found / (double)(p->at - p->cell));
    return ESPBAK_OK;
}

/* ---- once more ---- */

static espbak_status name_known(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    probing *p = user;
    const espbak_sparse_plan *plan = p->plan;
    size_t from = index_of(plan, p->at);
    (void)err;
    while (from < plan->sectors && !is_known(plan->state[from]))
        from++;
    size_t to = from;
    while (to < plan->sectors && to - from < CONFIRM_SECTORS && plan->state[to] == plan->state[from])
        to++;
    *more = to > from;
    *offset = plan->first + from * (uint64_t)SPARSE_SECTOR;
    *size = (uint64_t)(to - from) * SPARSE_SECTOR;
    p->at = *offset + *size;
    if (*more)
        count(p, *size);
    return ESPBAK_OK;
}

static espbak_status confirm(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                             espbak_error *err)
{
    probing *p = user;
    uint8_t state;
    if (recognise(p, offset, size, found, &state, err) != ESPBAK_OK)
        return err->status;
    if (state != p->plan->state[index_of(p->plan, offset)])
        mark(p->plan, offset, size, SECTOR_DATA);
    return ESPBAK_OK;
}

/*
 * Requests carry no checksum: one whose offset was damaged on its way brings the MD5 of another block.
 * On a line that has shown that it damages bytes, nothing counts that was found once only.
 */
static espbak_status look_again(probing *p, espbak_error *err)
{
    espbak_session *session = p->plan->session;
    if (!p->plan->options->alone ||
        (espbak_session_get_stats(session).retries == 0 && session->link.decoder.noise == p->noise))
        return ESPBAK_OK;
    p->at = p->plan->first;
    return espbak_flash_digest_many(session, name_known, confirm, p, err);
}

espbak_status sparse_probe(espbak_sparse_plan *plan, espbak_error *err)
{
    probing p = {
        .plan = plan,
        .at = plan->first,
        .end = plan->first + plan->sectors * (uint64_t)SPARSE_SECTOR,
        .step = SPARSE_CELL,
        .missed = true,
        .noise = plan->session->link.decoder.noise,
        .sweep = {{0.5}, {0.95}},
        .border = {{0.5}, {0.9}},
        .inside = {{0.15}, {0.9}},
    };
    const espbak_time begun = espbak_clock_now(session_clock(plan->session));
    espbak_status status = espbak_flash_digest_many(plan->session, name_swept, take_swept, &p, err);
    if (status == ESPBAK_OK)
        status = look_beside(&p, err);
    p.at = plan->first;
    if (status == ESPBAK_OK)
        status = espbak_flash_digest_many(plan->session, name_sector, take_sector, &p, err);
    if (status == ESPBAK_OK)
        status = look_again(&p, err);
    plan->summary.hash_seconds = (double)(espbak_clock_now(session_clock(plan->session)) - begun) / ESPBAK_S;
    return status;
}
