/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/job.h"

/* Sixteen of the next in each: three levels hash at most three times what differs. */
enum { LARGEST = 1024 * 1024, STEP = 16 };

typedef struct comparison {
    espbak_session *session;
    const piece_list *pieces;
    const compare_options *options;
    difference_list *out;
} comparison;

void difference_list_free(difference_list *list)
{
    free(list->ranges);
    *list = (difference_list){0};
}

static espbak_status add(difference_list *list, uint64_t offset, uint64_t size, espbak_error *err)
{
    list->bytes += size;
    if (list->count > 0) {
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

static espbak_status is_same(const comparison *c, uint64_t offset, uint64_t size, bool *same, espbak_error *err)
{
    uint8_t expected[16], found[16];
    if (job_md5(piece_list_read, (void *)c->pieces, offset, size, expected, err) != ESPBAK_OK)
        return err->status;
    if (espbak_flash_md5(c->session, offset, size, found, err) != ESPBAK_OK)
        return err->status;
    *same = memcmp(expected, found, sizeof(found)) == 0;
    return ESPBAK_OK;
}

/* Blocks end at multiples of their size, so that what is written later is whole erase blocks. */
static uint64_t block_at(uint64_t offset, uint64_t end, uint64_t block)
{
    return bytes_min64(block - offset % block, end - offset);
}

static espbak_status refine(const comparison *c, uint64_t offset, uint64_t size, uint64_t block, espbak_error *err)
{
    const uint64_t end = offset + size;
    while (offset < end) {
        const uint64_t part = block_at(offset, end, block);
        bool same = false;
        if (part < size && is_same(c, offset, part, &same, err) != ESPBAK_OK)
            return err->status;
        espbak_status status = ESPBAK_OK;
        if (!same && block > c->options->smallest)
            status = refine(c, offset, part, block / STEP, err);
        else if (!same)
            status = add(c->out, offset, part, err);
        if (status != ESPBAK_OK)
            return status;
        offset += part;
    }
    return ESPBAK_OK;
}

static espbak_status compare_piece(const comparison *c, const piece *item, uint64_t *done, espbak_error *err)
{
    const uint64_t end = item->offset + item->size;
    const uint64_t largest = c->options->largest != 0 ? c->options->largest : LARGEST;
    for (uint64_t at = item->offset; at < end;) {
        const uint64_t part = block_at(at, end, largest);
        bool same = false;
        if (is_same(c, at, part, &same, err) != ESPBAK_OK)
            return err->status;
        if (!same && c->options->smallest < LARGEST) {
            if (refine(c, at, part, LARGEST / STEP, err) != ESPBAK_OK)
                return err->status;
        } else if (!same && add(c->out, at, part, err) != ESPBAK_OK) {
            return err->status;
        }
        at += part;
        *done += part;
        espbak_report_progress(c->options->events, c->options->phase, *done, c->pieces->bytes);
    }
    return ESPBAK_OK;
}

espbak_status compare_device(espbak_session *session, const piece_list *pieces, const compare_options *options,
                             difference_list *differences, espbak_error *err)
{
    const comparison c = {session, pieces, options, differences};
    uint64_t done = 0;
    espbak_report_progress(options->events, options->phase, 0, pieces->bytes);
    for (size_t i = 0; i < pieces->count; i++) {
        if (compare_piece(&c, &pieces->items[i], &done, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "comparing %s", pieces->items[i].name);
    }
    return ESPBAK_OK;
}

espbak_status compare_assume_all(const piece_list *pieces, difference_list *differences, espbak_error *err)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (add(differences, pieces->items[i].offset, pieces->items[i].size, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
