/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pieces/raw_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/explain/explain.h"

/* A byte of flash is two digits of Intel HEX and a part of what stands around them, or half a block of UF2. */
enum { PACKED_GROWS = 4 };

static espbak_status read_file(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    return file_read_at(ctx, offset, buffer, size, err);
}

static espbak_status check_chip(raw_file *raw, const char *path, espbak_error *err)
{
    if (!raw->inside.family_known)
        return ESPBAK_OK;
    raw->chip = espbak_chip_by_uf2_family(raw->inside.family);
    if (raw->chip == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "%s is UF2 for another kind of chip (family 0x%08lx)", path,
                           (unsigned long)raw->inside.family);
    return ESPBAK_OK;
}

static espbak_status check_places(const raw_file *raw, const char *path, espbak_error *err)
{
    const container *inside = &raw->inside;
    if (inside->part_count == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "%s is empty", path);
    for (size_t i = 0; i < inside->part_count; i++) {
        const container_part *part = &inside->parts[i];
        if (bytes_range_within(part->offset, part->size, ESPBAK_FLASH_SIZE_MAX))
            continue;
        if (inside->kind == CONTAINER_NONE)
            return espbak_fail(err, ESPBAK_E_FILE, "%s has %llu bytes, which is more than any flash", path,
                               (unsigned long long)part->size);
        espbak_fail(err, ESPBAK_E_FILE, "%s is %s with bytes for 0x%llX, where no flash has a place", path,
                    container_name(inside), (unsigned long long)part->offset);
        espbak_error_hint(err, "such addresses are those of memory: have it made by esptool merge-bin");
        return ESPBAK_E_FILE;
    }
    return ESPBAK_OK;
}

static espbak_status open_file(raw_file **out, const char *path, const espbak_image_reader *from, bool look,
                               espbak_error *err)
{
    raw_file *raw = calloc(1, sizeof(*raw));
    espbak_image_reader reader = {.read = read_file};
    *out = raw;
    if (raw == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    raw->users = 1;
    if (from == NULL &&
        (file_open(&raw->file, path, err) != ESPBAK_OK || file_size(raw->file, &reader.size, err) != ESPBAK_OK))
        return err->status;
    reader.ctx = raw->file;
    if (from != NULL)
        reader = *from;
    const espbak_status status = look ? container_open(&raw->inside, &reader, PACKED_GROWS * ESPBAK_FLASH_SIZE_MAX, err)
                                      : container_open_bytes(&raw->inside, &reader, err);
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "%s", path);
    return check_chip(raw, path, err) == ESPBAK_OK ? check_places(raw, path, err) : err->status;
}

static espbak_status open_or_close(raw_file **out, const char *path, const espbak_image_reader *from, bool look,
                                   espbak_error *err)
{
    const espbak_status status = open_file(out, path, from, look, err);
    if (status != ESPBAK_OK) {
        raw_file_close(*out);
        *out = NULL;
    }
    return status;
}

espbak_status raw_file_open(raw_file **out, const char *path, const espbak_image_reader *from, espbak_error *err)
{
    return open_or_close(out, path, from, true, err);
}

espbak_status raw_file_open_bytes(raw_file **out, const char *path, espbak_error *err)
{
    return open_or_close(out, path, NULL, false, err);
}

void raw_file_close(raw_file *raw)
{
    if (raw == NULL || --raw->users > 0)
        return;
    container_close(&raw->inside);
    file_close(raw->file, false);
    free(raw);
}

bool raw_file_is_placed(const raw_file *raw)
{
    return raw->inside.kind != CONTAINER_NONE;
}

bool raw_file_touches(const raw_file *raw, uint64_t offset, uint64_t size)
{
    for (size_t i = 0; i < raw->inside.part_count; i++) {
        const container_part *part = &raw->inside.parts[i];
        if (offset < part->offset + part->size && part->offset < offset + size)
            return true;
    }
    return false;
}

uint64_t raw_file_end(const raw_file *raw)
{
    const container_part *last = &raw->inside.parts[raw->inside.part_count - 1];
    return last->offset + last->size;
}

espbak_status raw_file_counts_from_slot(raw_file *raw, bool *does, espbak_error *err)
{
    espbak_boot_report report;
    const espbak_chip *chip;
    const espbak_image_reader reader = {raw_file_read, raw, raw_file_end(raw)};
    *does = false;
    if (raw->inside.kind != CONTAINER_UF2 || raw->inside.parts[0].offset != 0)
        return ESPBAK_OK;
    const espbak_status status = explain_alone(&reader, raw->chip, &report, &chip, does, err);
    *does = *does && report.bootloader.app_described;
    espbak_boot_report_free(&report);
    return status;
}

espbak_status raw_file_read(void *user, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    raw_file *raw = user;
    return container_read(&raw->inside, offset, buffer, size, err);
}

void raw_file_tell(const raw_file *raw, const char *path, const espbak_events *events)
{
    const container *inside = &raw->inside;
    const char *name = container_name(inside);
    if (name == NULL)
        return;
    for (size_t i = 0; i < inside->part_count; i++)
        espbak_log(events, ESPBAK_LOG_INFO, "%s is %s: it holds %llu bytes%s 0x%llX", path, name,
                   (unsigned long long)inside->parts[i].size, raw_file_is_placed(raw) ? " for" : " from",
                   (unsigned long long)inside->parts[i].offset);
    if (inside->unordered)
        espbak_log(events, ESPBAK_LOG_INFO, "%s: what it holds is not in the order of the flash", path);
}

espbak_status raw_part_new(raw_part **out, raw_file *opened, size_t index, espbak_error *err)
{
    raw_part *part = calloc(1, sizeof(*part));
    *out = part;
    if (part == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    part->base = opened->inside.parts[index].offset;
    part->file = opened;
    opened->users++;
    return ESPBAK_OK;
}

static espbak_status read_part(void *user, uint64_t offset, void *bytes, size_t size, espbak_error *err)
{
    const raw_part *part = user;
    return raw_file_read(part->file, part->base + offset, bytes, size, err);
}

espbak_status raw_part_check(raw_part *part, uint64_t size, espbak_error *err)
{
    return sector_digests_of(&part->checked, read_part, part, size, err);
}

espbak_status raw_part_read(raw_part *part, const char *name, uint64_t offset, uint8_t *data, size_t size,
                            espbak_error *err)
{
    const espbak_status status =
        part->checked != NULL ? sector_digests_read(part->checked, read_part, part, name, offset, data, size, err)
                              : read_part(part, offset, data, size, err);
    return status;
}

void raw_part_free(raw_part *part)
{
    if (part == NULL)
        return;
    sector_digests_free(part->checked);
    raw_file_close(part->file);
    free(part);
}
