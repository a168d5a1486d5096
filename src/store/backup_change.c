/* SPDX-License-Identifier: Apache-2.0 */
/* The data files of a backup that is not sealed yet: opened, put right, hashed again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "store/backup_internal.h"
#include "store/backup_writer.h"

uint64_t espbak_backup_appended(const espbak_backup_writer *writer)
{
    return writer->done;
}

/* The journal's row for the region that begins, NULL when it has none. */
static const journal_region *row_before(const espbak_backup_writer *writer, size_t index)
{
    return index < writer->before.region_count ? &writer->before.regions[index] : NULL;
}

uint64_t backup_writer_known_bytes(const espbak_backup_writer *writer)
{
    const journal_region *row = row_before(writer, writer->log.region_count - 1);
    return row != NULL ? bytes_min64(row->done, writer->done) : 0;
}

static espbak_status check_row(const espbak_backup_writer *writer, const espbak_region *region, espbak_error *err)
{
    const journal_region *row = row_before(writer, writer->log.region_count);
    if (row == NULL || (strcmp(row->file, region->file) == 0 && strcmp(row->name, region->name) == 0 &&
                        row->offset == region->offset && row->size == region->size))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "%s was begun with %s at 0x%llX, and what is asked for now has %s at 0x%llX there",
                writer->place.partial, row->name, (unsigned long long)row->offset, region->name,
                (unsigned long long)region->offset);
    espbak_error_hint(err, "go on with the command it was begun with, or leave out --resume");
    return ESPBAK_E_FILE;
}

static espbak_status open_again(espbak_backup_writer *writer, const char *path, const espbak_region *region,
                                espbak_error *err)
{
    uint64_t size = 0;
    espbak_status status = file_open_change(&writer->data, path, err);
    if (status == ESPBAK_OK)
        status = file_size(writer->data, &size, err);
    if (status == ESPBAK_OK && size > region->size) {
        status = espbak_fail(err, ESPBAK_E_FILE, "%s has more bytes than %s", path, region->name);
        espbak_error_hint(err, "remove %s, then go on", path);
    }
    if (status != ESPBAK_OK)
        return status;
    /* A write that was torn ends somewhere; whole sectors can be compared and read again. */
    writer->done = size == region->size ? size : size - size % ESPBAK_FLASH_SECTOR;
    writer->stale[writer->log.region_count] = writer->done > 0;
    return ESPBAK_OK;
}

espbak_status backup_writer_check_place(const espbak_backup_writer *writer, espbak_error *err)
{
    if (file_lock_is_of(writer->lock, writer->place.partial))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "%s is another folder now than the one that this backup was begun in",
                writer->place.partial);
    espbak_error_hint(err, "somebody has renamed, removed or replaced it; nothing is written to the other one");
    return ESPBAK_E_FILE;
}

espbak_status backup_writer_open_data(espbak_backup_writer *writer, const espbak_region *region, espbak_error *err)
{
    espbak_status status = backup_writer_check_place(writer, err);
    if (status == ESPBAK_OK)
        status = check_row(writer, region, err);
    if (status != ESPBAK_OK)
        return status;
    char *path = file_join(writer->place.partial, region->file);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    writer->done = 0;
    writer->stale[writer->log.region_count] = false;
    if (writer->continued && file_kind_of(path) != FILE_KIND_MISSING)
        status = open_again(writer, path, region, err);
    else
        status = file_create(&writer->data, path, err);
    free(path);
    if (status != ESPBAK_OK) {
        file_close(writer->data, false);
        writer->data = NULL;
        return status;
    }
    writer->files[writer->log.region_count] = file_identify(writer->data);
    return ESPBAK_OK;
}

static espbak_status open_changed(espbak_backup_writer *writer, size_t index, espbak_error *err)
{
    if (writer->changed != NULL && writer->changed_index == index)
        return ESPBAK_OK;
    file *previous = writer->changed;
    writer->changed = NULL;
    if (previous != NULL && file_commit(previous, err) != ESPBAK_OK)
        return ESPBAK_E_FILE;
    char *path = file_join(writer->place.partial, writer->manifest->regions[index].file);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = file_open_change(&writer->changed, path, err);
    writer->changed_index = index;
    free(path);
    return status;
}

static bool is_under_way(const espbak_backup_writer *writer, size_t index)
{
    return writer->data != NULL && index + 1 == writer->log.region_count;
}

/* Whether the bytes are in: of the region under way those that were appended, of a finished one all. */
static bool holds(const espbak_backup_writer *writer, size_t index, uint64_t offset, size_t size)
{
    uint64_t there = 0;
    if (is_under_way(writer, index))
        there = writer->done;
    else if (index < writer->manifest->region_count)
        there = writer->manifest->regions[index].size;
    return !writer->sealed && bytes_range_within(offset, size, there);
}

espbak_status espbak_backup_patch(espbak_backup_writer *writer, size_t index, uint64_t offset, const uint8_t *data,
                                  size_t size, espbak_error *err)
{
    const bool open = is_under_way(writer, index);
    if (!holds(writer, index, offset, size))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a change of bytes that are not in the backup");
    const espbak_status status = open ? ESPBAK_OK : open_changed(writer, index, err);
    if (status != ESPBAK_OK)
        return status;
    writer->stale[index] = true;
    return file_write_at(open ? writer->data : writer->changed, offset, data, size, err);
}

static espbak_status look_at(espbak_backup_writer *writer, size_t index, espbak_error *err)
{
    if (writer->looked_at != NULL && writer->looked_at_index == index)
        return ESPBAK_OK;
    file_close(writer->looked_at, false);
    writer->looked_at = NULL;
    char *path = file_join(writer->place.partial, writer->manifest->regions[index].file);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = file_open(&writer->looked_at, path, err);
    writer->looked_at_index = index;
    free(path);
    return status;
}

espbak_status espbak_backup_read_back(espbak_backup_writer *writer, size_t index, uint64_t offset, uint8_t *data,
                                      size_t size, espbak_error *err)
{
    const bool open = is_under_way(writer, index);
    if (!holds(writer, index, offset, size))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a look at bytes that are not in the backup");
    const espbak_status status = open ? ESPBAK_OK : look_at(writer, index, err);
    return status == ESPBAK_OK ? file_read_at(open ? writer->data : writer->looked_at, offset, data, size, err)
                               : status;
}

uint64_t espbak_backup_share(espbak_backup_writer *writer, uint64_t offset, uint64_t size, espbak_backup *other,
                             size_t region, uint64_t from)
{
    espbak_error ignored = {0};
    if (writer->data == NULL || !bytes_range_within(offset, size, writer->done) ||
        region >= other->manifest.region_count ||
        !bytes_range_within(from, size, other->manifest.regions[region].size) ||
        backup_select_region(other, region, &ignored) != ESPBAK_OK)
        return 0;
    return file_share(other->data, from, writer->data, offset, size);
}

static espbak_status hash_file(espbak_backup_writer *writer, file *f, uint8_t *buffer, espbak_region *region,
                               espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (uint64_t at = 0; at < region->size && status == ESPBAK_OK;) {
        const size_t part = (size_t)bytes_min64(BACKUP_BUFFER_SIZE, region->size - at);
        status = file_read_at(f, at, buffer, part, err);
        if (status == ESPBAK_OK)
            status = digest_pair_update(&writer->hashes, buffer, part, err);
        at += part;
    }
    return status == ESPBAK_OK ? digest_pair_finish(&writer->hashes, region->sha256, region->md5, err) : status;
}

static espbak_status tell_replaced(const char *path, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_FILE, "%s is not the file any more that this backup has written", path);
    espbak_error_hint(err,
                      "somebody has replaced it, or given it a second name; with --resume what differs is read again");
    return ESPBAK_E_FILE;
}

/* The digests of what is in the file of a region now. */
static espbak_status hash_again(espbak_backup_writer *writer, const char *path, espbak_region *region,
                                file_identity *identity, espbak_error *err)
{
    uint8_t *buffer = malloc(BACKUP_BUFFER_SIZE);
    file *f = NULL;
    uint64_t size = 0;
    espbak_status status =
        buffer != NULL ? file_open(&f, path, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK) {
        *identity = file_identify(f);
        status = file_size(f, &size, err);
    }
    if (status == ESPBAK_OK)
        status = size == region->size ? hash_file(writer, f, buffer, region, err) : tell_replaced(path, err);
    file_close(f, false);
    free(buffer);
    return status;
}

/*
 * The file has to be the one that was written. Where only its number has changed its contents tell; where it was
 * changed since its digests were made they are made now, and nothing but the number can tell.
 */
static espbak_status check_file(espbak_backup_writer *writer, size_t index, const char *path, espbak_error *err)
{
    espbak_region *const region = &writer->manifest->regions[index];
    espbak_region now = *region;
    file_identity identity = {0};
    if (file_kind_of(path) != FILE_KIND_REGULAR || file_has_other_names(path))
        return tell_replaced(path, err);
    const bool same = file_is_at(path, &writer->files[index]);
    if (same && !writer->stale[index])
        return ESPBAK_OK;
    if (writer->stale[index] && !same)
        return tell_replaced(path, err);
    const espbak_status status = hash_again(writer, path, &now, &identity, err);
    if (status != ESPBAK_OK)
        return status;
    if (!writer->stale[index])
        return memcmp(now.sha256, region->sha256, sizeof(now.sha256)) == 0 ? ESPBAK_OK : tell_replaced(path, err);
    if (memcmp(&identity, &writer->files[index], sizeof(identity)) != 0)
        return tell_replaced(path, err);
    *region = now;
    writer->stale[index] = false;
    return ESPBAK_OK;
}

espbak_status backup_writer_check_files(espbak_backup_writer *writer, espbak_error *err)
{
    file *changed = writer->changed;
    writer->changed = NULL;
    file_close(writer->looked_at, false);
    writer->looked_at = NULL;
    espbak_status status = changed != NULL ? file_commit(changed, err) : ESPBAK_OK;
    if (status == ESPBAK_OK)
        status = backup_writer_check_place(writer, err);
    for (size_t i = 0; i < writer->manifest->region_count && status == ESPBAK_OK; i++) {
        char *path = file_join(writer->place.partial, writer->manifest->regions[i].file);
        status = path != NULL ? check_file(writer, i, path, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        free(path);
    }
    return status;
}
