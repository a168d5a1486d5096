/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/pieces.h"

#include <stdlib.h>

void capture_pieces_free(capture_pieces *pieces)
{
    for (size_t i = 0; i < pieces->file_count; i++)
        file_close(pieces->files[i], false);
    free(pieces->files);
    piece_list_free(&pieces->list); /* its files are borrowed */
    *pieces = (capture_pieces){0};
}

static void add(capture_pieces *pieces, const espbak_region *region, size_t index, uint64_t start, uint64_t end)
{
    piece_list *list = &pieces->list;
    if (start >= end)
        return;
    list->bytes += end - start;
    list->items[list->count++] = (piece){.offset = start,
                                         .size = end - start,
                                         .name = region->name,
                                         .from = start - region->offset,
                                         .raw = pieces->files[index],
                                         .borrowed = true};
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

static void add_region(capture_pieces *pieces, const capture *c, size_t index, uint64_t size)
{
    const espbak_region *region = &c->regions[index];
    const uint64_t end = region->offset + size;
    uint64_t at = region->offset;
    for (const espbak_hole *hole; (hole = next_hole(c, index, at)) != NULL && hole->offset < end;) {
        add(pieces, region, index, at, hole->offset);
        at = hole->offset + hole->size;
    }
    add(pieces, region, index, at, end);
}

static espbak_status open_file(capture_pieces *pieces, const capture *c, size_t index, espbak_error *err)
{
    char *path = file_join(espbak_backup_writer_path(c->writer), c->regions[index].file);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = file_open(&pieces->files[index], path, err);
    free(path);
    if (status == ESPBAK_OK)
        pieces->file_count++;
    return status;
}

espbak_status capture_pieces_make(capture_pieces *pieces, const capture *c, espbak_error *err)
{
    const bool open = c->index < c->count && espbak_backup_appended(c->writer) > 0;
    const size_t count = c->index + open;
    pieces->files = calloc(count + 1, sizeof(pieces->files[0]));
    pieces->list.items = calloc(count + c->spot_count + 1, sizeof(pieces->list.items[0]));
    if (pieces->files == NULL || pieces->list.items == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    pieces->list.capacity = count + c->spot_count + 1;
    for (size_t i = 0; i < count; i++) {
        if (open_file(pieces, c, i, err) != ESPBAK_OK)
            return err->status;
        add_region(pieces, c, i, i < c->index ? c->regions[i].size : espbak_backup_appended(c->writer));
    }
    return ESPBAK_OK;
}
