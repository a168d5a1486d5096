/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/pieces.h"

#include <stdlib.h>

static void add(piece_list *list, const capture *c, size_t index, uint64_t start, uint64_t end)
{
    const espbak_region *region = &c->regions[index];
    if (start >= end)
        return;
    list->bytes += end - start;
    list->items[list->count++] = (piece){.offset = start,
                                         .size = end - start,
                                         .name = region->name,
                                         .from = start - region->offset,
                                         .region = index,
                                         .read = c->to.ops->read_back,
                                         .user = c->to.impl};
}

/* The spot of a region that begins first at or behind `at`; NULL when there is none. */
static const espbak_hole *next_hole(const capture *c, size_t index, uint64_t at)
{
    const espbak_hole *next = NULL;
    for (size_t i = 0; i < c->spot_count; i++) {
        const espbak_hole *hole = &c->spots[i].hole;
        if (c->spots[i].region == index && hole->offset >= at && (next == NULL || hole->offset < next->offset))
            next = hole;
    }
    return next;
}

static void add_region(piece_list *list, const capture *c, size_t index, uint64_t size)
{
    const uint64_t end = c->regions[index].offset + size;
    uint64_t at = c->regions[index].offset;
    for (const espbak_hole *hole; (hole = next_hole(c, index, at)) != NULL && hole->offset < end;) {
        add(list, c, index, at, hole->offset);
        at = hole->offset + hole->size;
    }
    add(list, c, index, at, end);
}

espbak_status capture_pieces(piece_list *list, const capture *c, espbak_error *err)
{
    const uint64_t under_way = c->index < c->count ? c->to.ops->appended(c->to.impl) : 0;
    list->capacity = c->index + c->spot_count + 1;
    list->items = calloc(list->capacity, sizeof(list->items[0]));
    if (list->items == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < c->index; i++)
        add_region(list, c, i, c->regions[i].size);
    if (under_way > 0)
        add_region(list, c, c->index, under_way);
    return ESPBAK_OK;
}
