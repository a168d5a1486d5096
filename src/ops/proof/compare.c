/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/proof/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/clock.h"
#include "espbak/flash.h"
#include "espbak/transport.h"
#include "ops/proof/erased_run.h"

enum {
    LARGEST = 1024 * 1024,
    STEP = 16,
    HASH_STEP = 4,         /* chips hash from whole words on */
    RUN_LEAST = 64 * 1024, /* blank sectors in a row that are hashed at once */
    HEAD_MOST = 256,       /* bytes at the beginning of a range that are hashed in parts … */
    HEAD_PART = 48,        /* … which are too short for two contents with the same MD5 */
};

/* Blocks of one size, of all pieces or of what differed in larger ones. */
typedef struct comparison {
    espbak_session *session;
    const piece_list *pieces;
    const compare_options *options;
    const espbak_range *in; /* what is looked at */
    size_t in_count, at;    /* the range that blocks are named of */
    uint64_t named;         /* bytes of it */
    uint64_t block;
    uint64_t phase; /* where blocks begin, beyond multiples of their size; 0: there */
    bool joins;     /* neighbours that differ become one: nothing smaller follows */
    difference_list out;
    difference_list *equal;     /* each request that found no difference; NULL when nobody wants to know */
    difference_list onto_blank; /* what differs in blocks that are blank on the device: needs no smaller ones */
    bool counts;                /* blocks of this size are all of the pieces' bytes that have not been looked at yet */
    uint64_t done;
    uint64_t fine_done, fine_total; /* the same, of what smaller blocks look at; 0: nothing is told of it */
} comparison;

/*
 * Two contents can be made that have the same MD5, for a beginning that is known when they are made. So the blocks that
 * prove something begin elsewhere each time: by the clock, whose nanoseconds nobody knew then.
 */
static uint64_t draw_phase(const comparison *c)
{
    const uint64_t now = (uint64_t)espbak_clock_now(espbak_transport_clock(espbak_session_transport(c->session)));
    const uint64_t drawn = (now * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
    return drawn % c->block / HASH_STEP * HASH_STEP + HASH_STEP;
}

/* At the beginning of a range nothing can be put before it: short parts up to a place that nobody knew either. */
static uint64_t head_of(const comparison *c)
{
    return c->phase == 0 ? 0 : c->phase % HEAD_MOST + HASH_STEP;
}

/* Otherwise blocks end at multiples of their size, so that what is written later is whole erase blocks. */
static uint64_t block_at(const comparison *c, const espbak_range *range, uint64_t offset)
{
    const uint64_t end = range->offset + range->size, head = range->offset + head_of(c);
    if (offset < head)
        return bytes_min64(bytes_min64(HEAD_PART, head - offset), end - offset);
    const uint64_t back = c->phase % c->block;
    const uint64_t into = (offset >= back ? offset - back : offset + (c->block - back)) % c->block;
    return bytes_min64(c->block - into, end - offset);
}

static espbak_status name_block(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    comparison *c = user;
    (void)err;
    *more = c->at < c->in_count;
    if (!*more)
        return ESPBAK_OK;
    const espbak_range *range = &c->in[c->at];
    *offset = range->offset + c->named;
    *size = block_at(c, range, *offset);
    c->named += *size;
    if (c->named == range->size) {
        c->named = 0;
        c->at++;
    }
    return ESPBAK_OK;
}

/* A block that is blank on the device differs in those sectors that are to hold something. */
static espbak_status judge_blank(comparison *c, uint64_t offset, uint64_t size, espbak_error *err)
{
    const uint64_t end = offset + size;
    for (uint64_t at = offset, part; at < end; at += part) {
        bool erased = false;
        if (erased_run(c->pieces, at, end, &erased, &part, err) != ESPBAK_OK ||
            difference_list_put(erased ? c->equal : &c->onto_blank, at, part, !erased, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static uint64_t sector_up(uint64_t offset)
{
    return (offset + ESPBAK_FLASH_SECTOR - 1) / ESPBAK_FLASH_SECTOR * ESPBAK_FLASH_SECTOR;
}

static espbak_status judge_different(comparison *c, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                     espbak_error *err)
{
    espbak_flash_digest blank = {.kind = found->kind};
    if (c->equal == NULL || size <= c->options->smallest)
        return difference_list_put(&c->out, offset, size, c->joins, err);
    if (digest_of_erased(size, &blank, err) != ESPBAK_OK)
        return err->status;
    if (memcmp(blank.bytes, found->bytes, sizeof(blank.bytes)) != 0)
        return difference_list_put(&c->out, offset, size, c->joins, err);
    /* Whole sectors; what stands before and behind them belongs to two blocks. */
    const uint64_t end = offset + size, first = sector_up(offset), last = end - end % ESPBAK_FLASH_SECTOR;
    if (first >= last)
        return difference_list_put(&c->out, offset, size, c->joins, err);
    if (first > offset && difference_list_put(&c->out, offset, first - offset, c->joins, err) != ESPBAK_OK)
        return err->status;
    if (judge_blank(c, first, last - first, err) != ESPBAK_OK)
        return err->status;
    return end > last ? difference_list_put(&c->out, last, end - last, c->joins, err) : ESPBAK_OK;
}

static void report(comparison *c, uint64_t size)
{
    const compare_options *how = c->options;
    const uint64_t total = how->phase_bytes != 0 ? how->phase_bytes : c->pieces->bytes;
    const double from = how->phase_from, to = how->phase_to > 0 ? how->phase_to : 1;
    c->done = bytes_min64(c->done + size, c->pieces->bytes);
    const double share = c->pieces->bytes > 0 ? (double)c->done / (double)c->pieces->bytes : 1;
    espbak_report_progress(how->events, how->phase, (uint64_t)((from + share * (to - from)) * (double)total + 0.5),
                           total);
}

/* A phase that shares its bar with others stands still meanwhile. */
static void report_fine(comparison *c, uint64_t size)
{
    c->fine_done = bytes_min64(c->fine_done + size, c->fine_total);
    if (c->fine_total > 0)
        espbak_report_progress(c->options->events, "narrowing down", c->fine_done, c->fine_total);
}

static espbak_status judge_block(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                 espbak_error *err)
{
    comparison *c = user;
    espbak_flash_digest expected = {.kind = found->kind};
    if (piece_list_digest(c->pieces, offset, size, &expected, err) != ESPBAK_OK)
        return err->status;
    const bool same = memcmp(expected.bytes, found->bytes, sizeof(expected.bytes)) == 0;
    if (!same && judge_different(c, offset, size, found, err) != ESPBAK_OK)
        return err->status;
    if (same && c->equal != NULL && difference_list_put(c->equal, offset, size, false, err) != ESPBAK_OK)
        return err->status;
    if (c->counts)
        report(c, size);
    else
        report_fine(c, size);
    return ESPBAK_OK;
}

/* One size of blocks over `in`, which is replaced by what differs. */
static espbak_status look(comparison *c, difference_list *in, espbak_error *err)
{
    c->in = in->ranges;
    c->in_count = in->count;
    c->at = 0;
    c->named = 0;
    c->joins = c->block <= c->options->smallest;
    c->out = (difference_list){0};
    const espbak_status status = espbak_flash_digest_many(c->session, name_block, judge_block, c, err);
    difference_list_free(in);
    *in = c->out;
    return status;
}

static espbak_status all_pieces(const piece_list *pieces, difference_list *list, espbak_error *err)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (pieces->items[i].size > 0 &&
            difference_list_put(list, pieces->items[i].offset, pieces->items[i].size, false, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* 64 KiB behind anything larger, then sectors. */
static uint64_t block_after(const comparison *c, uint64_t block)
{
    const uint64_t middle = LARGEST / STEP;
    const uint64_t next = block > middle ? middle : block / STEP;
    return next > c->options->smallest ? next : c->options->smallest;
}

/* Each smaller size looks at `bytes` at most, and the rest is looked at once more. */
static void expect_fine(comparison *c, uint64_t bytes)
{
    c->fine_done = 0;
    c->fine_total = c->options->phase_to > 0 ? 0 : bytes;
    for (uint64_t block = c->block; block > c->options->smallest && c->fine_total > 0; block = block_after(c, block))
        c->fine_total += bytes;
}

/* Whole sectors as far as the pieces have them, each once. */
static espbak_status widen(const comparison *c, difference_list *list, espbak_error *err)
{
    difference_list out = {0};
    uint64_t done = 0;
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < list->count && status == ESPBAK_OK; i++) {
        uint64_t from = list->ranges[i].offset, to = from + list->ranges[i].size;
        const uint64_t down = from - from % ESPBAK_FLASH_SECTOR, up = sector_up(to);
        if (down < from && piece_list_covers(c->pieces, down, from - down))
            from = down;
        if (to < up && piece_list_covers(c->pieces, to, up - to))
            to = up;
        from = from < done ? done : from;
        if (from < to)
            status = difference_list_put(&out, from, to - from, true, err);
        done = to > done ? to : done;
    }
    difference_list_free(list);
    *list = out;
    return status;
}

/* Blocks of the largest size, which begin where nobody could foresee. */
static espbak_status look_unforeseen(comparison *c, difference_list *list, espbak_error *err)
{
    c->block = c->options->largest != 0 ? c->options->largest : LARGEST;
    c->phase = draw_phase(c);
    espbak_status status = look(c, list, err);
    c->phase = 0;
    return status == ESPBAK_OK ? widen(c, list, err) : status;
}

/* Smaller blocks begin where anybody can foresee, so what they found equal in one that differs is looked at again. */
static espbak_status look_at_rest(comparison *c, const difference_list *all, difference_list *list, espbak_error *err)
{
    difference_list known = {0}, rest = {0}, both = {0};
    difference_list_sort(&c->onto_blank);
    espbak_status status = difference_list_merge(&known, list, &c->onto_blank, err);
    if (status == ESPBAK_OK)
        status = difference_list_subtract(all, &known, &rest, err);
    if (status == ESPBAK_OK && rest.count > 0)
        status = look_unforeseen(c, &rest, err);
    if (status == ESPBAK_OK)
        status = difference_list_merge(&both, list, &rest, err);
    difference_list_free(&known);
    difference_list_free(&rest);
    difference_list_free(list);
    *list = both;
    return status;
}

/* From the largest blocks, which count, to the smallest ones; `list` keeps what differs. */
static espbak_status narrow(comparison *c, difference_list *list, bool counts, espbak_error *err)
{
    difference_list all = {0};
    c->counts = counts;
    espbak_status status = look_unforeseen(c, list, err);
    c->counts = false;
    for (size_t i = 0; i < list->count && status == ESPBAK_OK; i++)
        status = difference_list_add(&all, list->ranges[i].offset, list->ranges[i].size, err);
    expect_fine(c, all.bytes);
    for (uint64_t end = all.bytes; status == ESPBAK_OK && c->block > c->options->smallest && list->count > 0;
         end += all.bytes) {
        c->block = block_after(c, c->block);
        status = look(c, list, err);
        c->fine_done = end;
    }
    if (status == ESPBAK_OK && all.count > 0)
        status = look_at_rest(c, &all, list, err);
    report_fine(c, c->fine_total);
    difference_list_free(&all);
    return status;
}

/* ---- blank runs ---- */

/* Long runs that are to be blank, and everything else. */
static espbak_status split_range(const comparison *c, const espbak_range *range, difference_list *blank,
                                 difference_list *rest, espbak_error *err)
{
    const uint64_t end = range->offset + range->size;
    for (uint64_t at = range->offset, size; at < end; at += size) {
        bool erased = false;
        if (erased_run(c->pieces, at, end, &erased, &size, err) != ESPBAK_OK)
            return err->status;
        const bool run = erased && size >= RUN_LEAST;
        if (difference_list_put(run ? blank : rest, at, size, !run, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static bool has_sector(const difference_list *list, uint64_t at)
{
    for (size_t i = 0; i < list->count; i++) {
        if (at >= list->ranges[i].offset && at - list->ranges[i].offset < list->ranges[i].size)
            return true;
    }
    return false;
}

/* Whether a run of blank sectors can be taken together with the sector before it, which is as it should be. */
static bool has_anchor(const comparison *c, const espbak_range *run, const difference_list *different)
{
    const uint64_t before = run->offset - ESPBAK_FLASH_SECTOR;
    return run->offset >= ESPBAK_FLASH_SECTOR && piece_list_covers(c->pieces, before, ESPBAK_FLASH_SECTOR) &&
           !has_sector(different, before);
}

/*
 * A blank block looks like every other one, and a request has no checksum: with its offset damaged on
 * the way it would bring the right MD5 from elsewhere. A whole run and the sector before it cannot
 * be mistaken so easily, see doubt.h.
 */
static espbak_status look_at_runs(comparison *c, difference_list *blank, const difference_list *different,
                                  espbak_error *err)
{
    for (size_t i = 0; i < blank->count; i++) {
        const uint64_t anchor = has_anchor(c, &blank->ranges[i], different) ? ESPBAK_FLASH_SECTOR : 0;
        blank->ranges[i].offset -= anchor;
        blank->ranges[i].size += anchor;
    }
    c->block = UINT64_MAX;
    c->counts = true;
    if (look(c, blank, err) != ESPBAK_OK)
        return err->status;
    c->counts = false;
    for (size_t i = 0; i < blank->count; i++) {
        bool erased = false;
        uint64_t size = 0;
        espbak_range *run = &blank->ranges[i];
        if (erased_run(c->pieces, run->offset, run->offset + run->size, &erased, &size, err) != ESPBAK_OK)
            return err->status;
        run->offset += erased ? 0 : size;
        run->size -= erased ? 0 : size;
    }
    return narrow(c, blank, false, err);
}

static espbak_status look_at_both(comparison *c, difference_list *list, espbak_error *err)
{
    difference_list blank = {0}, rest = {0}, held = {0};
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; status == ESPBAK_OK && i < list->count; i++)
        status = split_range(c, &list->ranges[i], &blank, &rest, err);
    difference_list_free(list);
    if (status == ESPBAK_OK && rest.count > 0)
        status = narrow(c, &rest, true, err);
    if (status == ESPBAK_OK)
        status = difference_list_merge(&held, &rest, &c->onto_blank, err);
    if (status == ESPBAK_OK && blank.count > 0)
        status = look_at_runs(c, &blank, &held, err);
    if (status == ESPBAK_OK)
        status = difference_list_merge(list, &held, &blank, err);
    difference_list_free(&blank);
    difference_list_free(&rest);
    difference_list_free(&held);
    difference_list_free(&c->onto_blank);
    return status;
}

/* ---- all of it ---- */

espbak_status compare_device(espbak_session *session, const piece_list *pieces, const compare_options *options,
                             difference_list *differences, espbak_error *err)
{
    return compare_and_note(session, pieces, options, differences, NULL, err);
}

espbak_status compare_and_note(espbak_session *session, const piece_list *pieces, const compare_options *options,
                               difference_list *differences, difference_list *equal, espbak_error *err)
{
    comparison c = {.session = session, .pieces = pieces, .options = options, .equal = equal};
    report(&c, 0);
    espbak_status status = all_pieces(pieces, differences, err);
    if (status == ESPBAK_OK)
        status = equal != NULL ? look_at_both(&c, differences, err) : narrow(&c, differences, true, err);
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "%s", options->phase);
}

espbak_status compare_assume_all(const piece_list *pieces, difference_list *differences, espbak_error *err)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (difference_list_put(differences, pieces->items[i].offset, pieces->items[i].size, true, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
