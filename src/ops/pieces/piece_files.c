/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces out of files that somebody named. */
#include "base/bytes.h"
#include "ops/pieces/piece.h"

static espbak_status check_aligned(const piece *item, espbak_error *err)
{
    const uint64_t into = item->offset % ESPBAK_FLASH_SECTOR;
    if (into == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_USAGE, "offset 0x%llX of %s does not start a %d-byte sector",
                (unsigned long long)item->offset, item->name, ESPBAK_FLASH_SECTOR);
    espbak_error_hint(err,
                      "flash is erased in whole sectors, which would take what stands before it; read the sector from "
                      "0x%llX, change it in the file and write it back whole",
                      (unsigned long long)(item->offset - into));
    return ESPBAK_E_USAGE;
}

static espbak_status add_part(piece_list *list, const espbak_raw_file *raw, raw_file *opened, size_t index,
                              uint64_t shift, bool to_write, espbak_error *err)
{
    const container_part *part = &opened->inside.parts[index];
    piece item = {.offset = part->offset + shift, .size = part->size, .name = raw->path};
    espbak_status status = ESPBAK_OK;
    if (to_write)
        status = check_aligned(&item, err);
    if (status == ESPBAK_OK && !bytes_range_within(item.offset, item.size, UINT32_MAX))
        status = espbak_fail(err, ESPBAK_E_USAGE, "%s at 0x%llX reaches past every flash", raw->path,
                             (unsigned long long)item.offset);
    if (status == ESPBAK_OK)
        status = raw_part_new(&item.raw, opened, index, err);
    if (status == ESPBAK_OK && to_write)
        status = raw_part_check(item.raw, item.size, err);
    if (status == ESPBAK_OK)
        status = piece_list_add(list, &item, err);
    if (status != ESPBAK_OK)
        raw_part_free(item.raw);
    return status;
}

/* How much further on than it says a file belongs. */
static espbak_status choose_shift(const espbak_raw_file *raw, raw_file *opened, uint64_t *shift, espbak_error *err)
{
    const uint64_t first = opened->inside.parts[0].offset;
    bool from_slot = false;
    *shift = raw->offset;
    if (!raw_file_is_placed(opened))
        return ESPBAK_OK;
    if (raw_file_counts_from_slot(opened, &from_slot, err) != ESPBAK_OK)
        return err->status;
    if (from_slot && raw->offset == 0) {
        espbak_fail(err, ESPBAK_E_USAGE, "%s is an application, and its UF2 counts from the start of its slot",
                    raw->path);
        espbak_error_suggest(err, (const char *const[]){"info", NULL});
        espbak_error_hint(err, "give the offset of the slot in place of 0; where it is:");
        return ESPBAK_E_USAGE;
    }
    if (from_slot)
        return ESPBAK_OK;
    *shift = 0;
    if (raw->offset == 0 || raw->offset == first)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_USAGE, "%s is %s and says itself where it belongs: from 0x%llX on, not from 0x%llX",
                raw->path, container_name(&opened->inside), (unsigned long long)first, (unsigned long long)raw->offset);
    espbak_error_hint(err, "give 0 as its offset");
    return ESPBAK_E_USAGE;
}

static espbak_status add_file(piece_list *list, const espbak_raw_file *raw, bool to_write, espbak_error *err)
{
    raw_file *opened;
    uint64_t shift = 0;
    if (raw_file_open(&opened, raw->path, raw->reader, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = choose_shift(raw, opened, &shift, err);
    for (size_t i = 0; i < opened->inside.part_count && status == ESPBAK_OK; i++)
        status = add_part(list, raw, opened, i, shift, to_write, err);
    raw_file_close(opened);
    return status;
}

espbak_status piece_list_of_files(piece_list *list, const espbak_raw_file *files, size_t count, bool to_write,
                                  espbak_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (add_file(list, &files[i], to_write, err) != ESPBAK_OK)
            return err->status;
    }
    return piece_list_arrange(list, to_write, err);
}

espbak_status piece_list_add_bytes(piece_list *list, const espbak_raw_file *raw, espbak_error *err)
{
    raw_file *opened;
    if (raw_file_open_bytes(&opened, raw->path, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = add_part(list, raw, opened, 0, raw->offset, false, err);
    raw_file_close(opened);
    if (status == ESPBAK_OK)
        status = piece_list_arrange(list, false, err);
    return status;
}

espbak_status piece_list_check_chip(const piece_list *list, const espbak_chip *chip, espbak_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const raw_part *raw = list->items[i].raw;
        if (raw == NULL || raw->file->chip == NULL || raw->file->chip == chip)
            continue;
        return espbak_fail(err, ESPBAK_E_REFUSED, "refused: %s is for %s by its UF2 family, and this is %s",
                           list->items[i].name, raw->file->chip->title, chip->title);
    }
    return ESPBAK_OK;
}

void piece_list_tell_files(const piece_list *list, const espbak_events *events)
{
    for (size_t i = 0; i < list->count; i++) {
        const raw_part *raw = list->items[i].raw;
        if (raw != NULL && raw->base == raw->file->inside.parts[0].offset)
            raw_file_tell(raw->file, list->items[i].name, events);
    }
}
