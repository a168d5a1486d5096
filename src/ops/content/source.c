/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/content/complete.h"
#include "ops/pieces/piece_contents.h"

/* What the file has no byte of is not held; it is judged as if it were erased. */
static void note_missing(flash_source *out)
{
    const espbak_partition_table *table = &out->contents->boot.table;
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        const bool touched = raw_file_touches(out->dump.raw, entry->offset, entry->size);
        out->contents->missing[i] = !touched && !entry->outside;
    }
}

static espbak_status explain_dump(flash_source *out, const espbak_chip *chip, const espbak_table_source *table,
                                  espbak_error *err)
{
    espbak_contents *contents = out->contents;
    const espbak_image_reader held = dump_held_reader(&out->dump);
    bool alone = false;
    if (explain_alone(&held, chip, &contents->boot, &contents->chip, &alone, err) != ESPBAK_OK)
        return err->status;
    if (alone) {
        contents->flash_size = held.size;
        out->alone = true;
        out->reader = held;
        return ESPBAK_OK;
    }
    const explain_options how = {
        .reader = &out->reader,
        .chip = chip,
        .table = *table,
        .part = !dump_is_whole(&out->dump),
    };
    const espbak_status status = explain_flash(contents, &how, err);
    note_missing(out);
    return status;
}

static espbak_status open_dump(flash_source *out, const char *path, const espbak_chip *chip,
                               const espbak_table_source *table, espbak_error *err)
{
    if (dump_open(&out->dump, path, err) != ESPBAK_OK)
        return err->status;
    out->reader = dump_reader(&out->dump);
    if (chip == NULL)
        chip = out->dump.raw->chip;
    out->contents = calloc(1, sizeof(*out->contents));
    if (out->contents == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    return explain_dump(out, chip, table, err);
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
    dump_close(&source->dump);
    free(source->path);
    *source = (flash_source){.backup = NULL};
}

static uint64_t held_from(const flash_source *source, uint64_t offset)
{
    return source->backup == NULL ? dump_held_from(&source->dump, offset) : backup_parts_held(&source->parts, offset);
}

bool flash_source_holds(const flash_source *source, uint64_t offset, uint64_t size)
{
    return held_from(source, offset) >= size;
}

/* As backup_parts_choose, of a file. */
static espbak_status choose_in_dump(const flash_source *source, const char *name, select_list *list, espbak_error *err)
{
    if (source->alone)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s", source->contents->boot.reason);
    if (select_names(list, source->contents, source->reader.size, &name, 1, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < list->count; i++) {
        const uint64_t held = held_from(source, list->parts[i].region.offset);
        if (complete_part(source->contents, &list->parts[i], held))
            continue;
        if (held == 0)
            return espbak_fail(err, ESPBAK_E_USAGE, "the file does not hold %s", list->parts[i].region.name);
        return espbak_fail(err, ESPBAK_E_USAGE, "the file holds only the first %llu bytes of %s",
                           (unsigned long long)held, list->parts[i].region.name);
    }
    return ESPBAK_OK;
}

static espbak_status take_only(const select_list *list, const char *name, espbak_region *part, espbak_error *err)
{
    if (list->count != 1)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s names %zu parts, and one file holds one", name, list->count);
    *part = list->parts[0].region;
    return ESPBAK_OK;
}

espbak_status flash_source_choose(flash_source *source, const char *name, espbak_region *part, espbak_error *err)
{
    if (source->backup != NULL) {
        const espbak_status status = backup_parts_choose(&source->parts, &name, 1, err);
        return status == ESPBAK_OK ? take_only(source->parts.wanted, name, part, err) : status;
    }
    select_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = choose_in_dump(source, name, list, err);
    if (status == ESPBAK_OK)
        status = take_only(list, name, part, err);
    free(list);
    return status;
}
