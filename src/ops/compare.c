/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/flash.h"
#include "ops/job.h"

enum { LARGEST = 1024 * 1024, STEP = 16 };

/* Blocks of one size, of all pieces or of what differed in larger ones. */
typedef struct comparison {
    espbak_session *session;
    const piece_list *pieces;
    const compare_options *options;
    const espbak_range *in; /* what is looked at */
    size_t in_count, at;    /* the range that blocks are named of */
    uint64_t named;         /* bytes of it */
    uint64_t block;
    bool joins; /* neighbours that differ become one: nothing smaller follows */
    difference_list out;
    uint64_t done;
} comparison;

void difference_list_free(difference_list *list)
{
    free(list->ranges);
    *list = (difference_list){0};
}

static espbak_status add(difference_list *list, uint64_t offset, uint64_t size, bool joins, espbak_error *err)
{
    list->bytes += size;
    if (joins && list->count > 0) {
        espbak_range *last = &list->ranges[list->count - 1];
        if (last->offset + last->size == offset) {
            last->size += size;
            return ESPBAK_OK;
        }
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity * 2 + 16;
        espbak_range *ranges = realloc(list->ranges, capacity * sizeof(*ranges));
        if (ranges == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        list->ranges = ranges;
        list->capacity = capacity;
    }
    list->ranges[list->count++] = (espbak_range){offset, size};
    return ESPBAK_OK;
}

/* Blocks end at multiples of their size, so that what is written later is whole erase blocks. */
static uint64_t block_at(uint64_t offset, uint64_t end, uint64_t block)
{
    return bytes_min64(block - offset % block, end - offset);
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
    *size = block_at(*offset, range->offset + range->size, c->block);
    c->named += *size;
    if (c->named == range->size) {
        c->named = 0;
        c->at++;
    }
    return ESPBAK_OK;
}

static espbak_status judge_block(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    comparison *c = user;
    uint8_t expected[16];
    if (job_md5(piece_list_read, (void *)c->pieces, offset, size, expected, err) != ESPBAK_OK)
        return err->status;
    if (memcmp(expected, md5, sizeof(expected)) != 0 && add(&c->out, offset, size, c->joins, err) != ESPBAK_OK)
        return err->status;
    c->done += size;
    /* The smaller blocks of what differs are no progress of their own. */
    if (c->done <= c->pieces->bytes)
        espbak_report_progress(c->options->events, c->options->phase, c->done, c->pieces->bytes);
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
    const espbak_status status = espbak_flash_md5_many(c->session, name_block, judge_block, c, err);
    difference_list_free(in);
    *in = c->out;
    return status;
}

static espbak_status all_pieces(const piece_list *pieces, difference_list *list, espbak_error *err)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (pieces->items[i].size > 0 &&
            add(list, pieces->items[i].offset, pieces->items[i].size, false, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* 64 KiB behind anything larger, then sectors. */
static uint64_t next_block(const comparison *c)
{
    const uint64_t middle = LARGEST / STEP;
    const uint64_t next = c->block > middle ? middle : c->block / STEP;
    return next > c->options->smallest ? next : c->options->smallest;
}

espbak_status compare_device(espbak_session *session, const piece_list *pieces, const compare_options *options,
                             difference_list *differences, espbak_error *err)
{
    comparison c = {.session = session, .pieces = pieces, .options = options};
    c.block = options->largest != 0 ? options->largest : LARGEST;
    espbak_report_progress(options->events, options->phase, 0, pieces->bytes);
    espbak_status status = all_pieces(pieces, differences, err);
    if (status == ESPBAK_OK)
        status = look(&c, differences, err);
    while (status == ESPBAK_OK && c.block > options->smallest && differences->count > 0) {
        c.block = next_block(&c);
        status = look(&c, differences, err);
    }
    return status == ESPBAK_OK ? status : espbak_error_prefix(err, "%s", options->phase);
}

espbak_status compare_assume_all(const piece_list *pieces, difference_list *differences, espbak_error *err)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (add(differences, pieces->items[i].offset, pieces->items[i].size, true, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
