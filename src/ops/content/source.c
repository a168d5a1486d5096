/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/content/piece_contents.h"

static espbak_status read_dump(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    return file_read_at(ctx, offset, buffer, size, err);
}

static espbak_status open_dump(flash_source *out, const char *path, const espbak_chip *chip,
                               const espbak_table_source *table, espbak_error *err)
{
    uint64_t size = 0;
    if (file_open(&out->dump, path, err) != ESPBAK_OK || file_size(out->dump, &size, err) != ESPBAK_OK)
        return err->status;
    if (size == 0 || size > ESPBAK_FLASH_SIZE_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "%s has %llu bytes, which is the size of no flash", path,
                           (unsigned long long)size);
    out->reader = (espbak_image_reader){.read = read_dump, .ctx = out->dump, .size = size};
    out->contents = calloc(1, sizeof(*out->contents));
    if (out->contents == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const explain_options how = {.reader = &out->reader, .chip = chip, .table = *table};
    return explain_flash(out->contents, &how, err);
}

static espbak_status explain_backup(flash_source *out, const espbak_table_source *table, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(out->backup);
    if (backup_parts_explain(&out->parts, out->backup, table, false, err) != ESPBAK_OK)
        return err->status;
    out->contents = out->parts.contents;
    out->reader = piece_contents_reader(&out->parts.whole, manifest->flash.size);
    return ESPBAK_OK;
}

espbak_status flash_source_open(flash_source *out, const char *path, const espbak_chip *chip,
                                const espbak_table_source *table, espbak_error *err)
{
    espbak_error why = {0};
    *out = (flash_source){.backup = NULL};
    const bool is_backup = espbak_backup_open(&out->backup, path, &why) == ESPBAK_OK;
    out->path = bytes_copy_text(is_backup ? espbak_backup_path(out->backup) : path);
    if (out->path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (is_backup)
        return explain_backup(out, table, err);
    if (file_kind_of(path) != FILE_KIND_REGULAR || strcmp(file_name_of(path), "manifest.json") == 0) {
        *err = why;
        return why.status;
    }
    return open_dump(out, path, chip, table, err);
}

void flash_source_close(flash_source *source)
{
    if (source->backup == NULL)
        explain_discard(source->contents);
    backup_parts_free(&source->parts);
    espbak_backup_close(source->backup);
    file_close(source->dump, false);
    free(source->path);
    *source = (flash_source){.backup = NULL};
}

bool flash_source_holds(const flash_source *source, uint64_t offset, uint64_t size)
{
    if (source->backup == NULL)
        return bytes_range_within(offset, size, source->reader.size);
    return backup_parts_holds(&source->parts, offset, size);
}
