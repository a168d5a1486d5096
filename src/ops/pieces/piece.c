/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pieces/piece.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

void piece_list_free(piece_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].borrowed)
            raw_part_free(list->items[i].raw);
    }
    free(list->items);
    *list = (piece_list){0};
}

/* Takes over the piece's file only when it succeeds. */
espbak_status piece_list_add(piece_list *list, const piece *item, espbak_error *err)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity * 2 + 8;
        piece *items = realloc(list->items, capacity * sizeof(*items));
        if (items == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *item;
    list->bytes += item->size;
    return ESPBAK_OK;
}

static int by_offset(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void sort(piece_list *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(list->items[0]), by_offset);
}

static uint64_t sector_floor(uint64_t at)
{
    return at - at % ESPBAK_FLASH_SECTOR;
}

static uint64_t sector_ceiling(uint64_t at)
{
    return sector_floor(at + ESPBAK_FLASH_SECTOR - 1);
}

/* The part [start, end) of a region, in flash offsets. */
static espbak_status add_part(piece_list *list, espbak_backup *backup, size_t index, uint64_t start, uint64_t end,
                              espbak_error *err)
{
    const espbak_region *region = &espbak_backup_manifest(backup)->regions[index];
    if (start >= end)
        return ESPBAK_OK;
    const piece item = {
        .offset = start,
        .size = end - start,
        .name = region->name,
        .backup = backup,
        .region = index,
        .from = start - region->offset,
    };
    return piece_list_add(list, &item, err);
}

static espbak_status add_region(piece_list *list, espbak_backup *backup, size_t index, espbak_error *err)
{
    const espbak_region *region = &espbak_backup_manifest(backup)->regions[index];
    const uint64_t end = region->offset + region->size;
    uint64_t at = region->offset;
    if (region->offset % ESPBAK_FLASH_SECTOR != 0)
        return espbak_fail(err, ESPBAK_E_FILE, "region %s at 0x%llX does not start a %d-byte sector", region->name,
                           (unsigned long long)region->offset, ESPBAK_FLASH_SECTOR);
    /* A manifest that was parsed has its holes sorted and inside their region. */
    for (size_t i = 0; i < region->unreadable_count; i++) {
        const espbak_hole *hole = &region->unreadable[i];
        const uint64_t hole_end = sector_ceiling(hole->offset + hole->size);
        if (add_part(list, backup, index, at, sector_floor(hole->offset), err) != ESPBAK_OK)
            return err->status;
        at = hole_end > at ? hole_end : at;
    }
    return add_part(list, backup, index, at, end, err);
}

espbak_status piece_list_of_backup(piece_list *list, espbak_backup *backup, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(backup);
    uint64_t all = 0;
    for (size_t i = 0; i < manifest->region_count; i++) {
        all += manifest->regions[i].size;
        if (add_region(list, backup, i, err) != ESPBAK_OK)
            return err->status;
    }
    list->hole_bytes = all - list->bytes;
    sort(list);
    return ESPBAK_OK;
}

espbak_status piece_list_arrange(piece_list *list, bool aligned, espbak_error *err)
{
    sort(list);
    for (size_t i = 1; i < list->count; i++) {
        const piece *before = &list->items[i - 1], *item = &list->items[i];
        const uint64_t end = before->offset + before->size;
        if ((aligned ? sector_ceiling(end) : end) > item->offset)
            return espbak_fail(err, ESPBAK_E_USAGE, "%s at 0x%llX overlaps %s, which ends at 0x%llX", item->name,
                               (unsigned long long)item->offset, before->name, (unsigned long long)end);
    }
    return ESPBAK_OK;
}

espbak_status piece_list_check_size(const piece_list *list, uint64_t flash_size, espbak_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const piece *item = &list->items[i];
        if (bytes_range_within(item->offset, item->size, flash_size))
            continue;
        espbak_fail(err, item->raw != NULL ? ESPBAK_E_USAGE : ESPBAK_E_FILE,
                    "%s%s, from 0x%llX to 0x%llX, reaches past the end of the flash at 0x%llX",
                    item->raw != NULL ? "" : "the backup's region ", item->name, (unsigned long long)item->offset,
                    (unsigned long long)(item->offset + item->size), (unsigned long long)flash_size);
        espbak_error_suggest(err, (const char *const[]){"info", NULL});
        espbak_error_hint(err, "how large the flash is, and where that is known from:");
        return err->status;
    }
    return ESPBAK_OK;
}

static espbak_status add_cut(piece_list *out, const piece *item, uint64_t start, uint64_t end, espbak_error *err)
{
    if (start >= end)
        return ESPBAK_OK;
    piece part = *item;
    part.offset = start;
    part.size = end - start;
    part.from = item->from + (start - item->offset);
    part.borrowed = true;
    return piece_list_add(out, &part, err);
}

espbak_status piece_list_without(piece_list *out, const piece_list *list, uint64_t offset, uint64_t size,
                                 espbak_error *err)
{
    const uint64_t cut_end = offset + size;
    for (size_t i = 0; i < list->count; i++) {
        const piece *item = &list->items[i];
        const uint64_t end = item->offset + item->size;
        const uint64_t tail = cut_end > item->offset ? cut_end : item->offset;
        if (add_cut(out, item, item->offset, bytes_min64(offset, end), err) != ESPBAK_OK ||
            add_cut(out, item, tail, end, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status piece_list_move(piece_list *out, const piece_list *list, uint64_t offset, uint64_t size, uint64_t to,
                              espbak_error *err)
{
    const uint64_t last = offset + size;
    for (size_t i = 0; i < list->count; i++) {
        const piece *item = &list->items[i];
        const uint64_t start = item->offset > offset ? item->offset : offset;
        const uint64_t end = bytes_min64(item->offset + item->size, last);
        const size_t before = out->count;
        if (add_cut(out, item, start, end, err) != ESPBAK_OK)
            return err->status;
        if (out->count > before)
            out->items[before].offset = start - offset + to;
    }
    return piece_list_arrange(out, false, err);
}

static const piece *find(const piece_list *list, uint64_t offset)
{
    for (size_t i = 0; i < list->count; i++) {
        const piece *item = &list->items[i];
        if (offset >= item->offset && offset - item->offset < item->size)
            return item;
    }
    return NULL;
}

bool piece_list_covers(const piece_list *list, uint64_t offset, uint64_t size)
{
    const piece *item = find(list, offset);
    return item != NULL && bytes_range_within(offset - item->offset, size, item->size);
}

bool piece_list_touches(const piece_list *list, uint64_t offset, uint64_t size)
{
    for (size_t i = 0; i < list->count; i++) {
        const piece *item = &list->items[i];
        if (item->offset < offset + size && offset < item->offset + item->size)
            return true;
    }
    return false;
}

bool piece_list_run(const piece_list *list, uint64_t offset, size_t size, size_t *run)
{
    const piece *item = find(list, offset);
    uint64_t end = offset + size;
    if (item != NULL)
        end = bytes_min64(end, item->offset + item->size);
    for (size_t i = 0; item == NULL && i < list->count; i++) {
        if (list->items[i].offset > offset)
            end = bytes_min64(end, list->items[i].offset);
    }
    *run = (size_t)(end - offset);
    return item != NULL;
}

static espbak_status read_piece(const piece *item, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    const uint64_t at = item->from + (offset - item->offset);
    if (item->read != NULL)
        return item->read(item->user, item->region, at, data, size, err);
    if (item->backup != NULL)
        return espbak_backup_read(item->backup, item->region, at, data, size, err);
    return raw_part_read(item->raw, item->name, at, data, size, err);
}

espbak_status piece_list_read(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    const piece_list *list = user;
    while (size > 0) {
        const piece *item = find(list, offset);
        if (item == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "nothing is known of what belongs at 0x%llX",
                               (unsigned long long)offset);
        const size_t part = (size_t)bytes_min64(size, item->offset + item->size - offset);
        if (read_piece(item, offset, data, part, err) != ESPBAK_OK)
            return err->status;
        offset += part;
        data += part;
        size -= part;
    }
    return ESPBAK_OK;
}

espbak_status piece_list_digest(const piece_list *list, uint64_t offset, uint64_t size, espbak_flash_digest *out,
                                espbak_error *err)
{
    enum { BUFFER_SIZE = 64 * 1024 };
    digest *hash = NULL;
    uint8_t *buffer = malloc(BUFFER_SIZE);
    espbak_status status = buffer != NULL ? digest_new(&hash, (digest_kind)out->kind, err)
                                          : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    while (status == ESPBAK_OK && size > 0) {
        const size_t part = (size_t)bytes_min64(size, BUFFER_SIZE);
        status = piece_list_read((void *)list, offset, buffer, part, err);
        if (status == ESPBAK_OK)
            status = digest_update(hash, buffer, part, err);
        offset += part;
        size -= part;
    }
    if (status == ESPBAK_OK)
        status = digest_finish_short(hash, out, err);
    digest_free(hash);
    free(buffer);
    return status;
}

espbak_status piece_list_md5(const piece_list *list, uint64_t offset, uint64_t size, uint8_t md5[16], espbak_error *err)
{
    espbak_flash_digest out = {.kind = ESPBAK_DIGEST_MD5};
    const espbak_status status = piece_list_digest(list, offset, size, &out, err);
    memcpy(md5, out.bytes, sizeof(out.bytes));
    return status;
}
