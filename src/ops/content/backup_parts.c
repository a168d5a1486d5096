/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/backup_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "ops/content/complete.h"
#include "ops/pieces/piece_contents.h"

void backup_parts_free(backup_parts *parts)
{
    piece_list_free(&parts->whole);
    explain_discard(parts->contents);
    free(parts->wanted);
    *parts = (backup_parts){0};
}

espbak_status backup_parts_explain(backup_parts *parts, espbak_backup *backup, const espbak_table_source *table,
                                   bool outline, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(backup);
    explain_options how = {.table = *table, .outline = outline};
    espbak_partition_table told = {0};
    parts->backup = backup;
    parts->contents = calloc(1, sizeof(*parts->contents));
    parts->wanted = calloc(1, sizeof(*parts->wanted));
    if (parts->contents == NULL || parts->wanted == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (piece_list_of_backup(&parts->whole, backup, err) != ESPBAK_OK)
        return err->status;
    piece_contents_of_manifest(&how, manifest);
    espbak_status status = piece_contents_table(&told, manifest, err);
    if (told.count > 0)
        how.known = &told;
    if (status == ESPBAK_OK)
        status = piece_contents_explain(parts->contents, &parts->whole, manifest->flash.size, &how, err);
    espbak_partition_table_free(&told);
    return status;
}

uint64_t backup_parts_held(const backup_parts *parts, uint64_t offset)
{
    const espbak_manifest *manifest = espbak_backup_manifest(parts->backup);
    for (size_t i = 0; i < manifest->region_count; i++) {
        const espbak_region *region = &manifest->regions[i];
        if (offset >= region->offset && offset - region->offset < region->size)
            return region->size - (offset - region->offset);
    }
    return 0;
}

/* *most becomes what is held of a part that is dropped. */
static void drop_what_is_not_held(const backup_parts *parts, uint64_t *most)
{
    select_list *list = parts->wanted;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const uint64_t held = backup_parts_held(parts, list->parts[i].region.offset);
        if (complete_part(parts->contents, &list->parts[i], held))
            list->parts[kept++] = list->parts[i];
        else if (held > *most)
            *most = held;
    }
    list->count = kept;
}

static espbak_status not_held(const espbak_manifest *manifest, const char *name, uint64_t held, espbak_error *err)
{
    char names[ESPBAK_ERROR_HINT_MAX - 64] = "";
    size_t used = 0;
    for (size_t i = 0; i < manifest->region_count && used + 40 < sizeof(names); i++)
        used +=
            (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", manifest->regions[i].name);
    if (held > 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "the backup holds only the first %llu bytes of %s",
                           (unsigned long long)held, name);
    espbak_fail(err, ESPBAK_E_USAGE, "the backup does not hold %s", name);
    espbak_error_hint(err, "it holds %s", names);
    return ESPBAK_E_USAGE;
}

espbak_status backup_parts_choose(backup_parts *parts, const char *const *names, size_t count, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(parts->backup);
    const uint64_t flash_size = manifest->flash.size;
    uint64_t held = 0;
    for (size_t i = 0; i < count; i++) {
        if (select_names(parts->wanted, parts->contents, flash_size, &names[i], 1, err) != ESPBAK_OK)
            return err->status;
        drop_what_is_not_held(parts, &held);
        if (parts->wanted->count == 0)
            return not_held(manifest, names[i], held, err);
    }
    if (select_names(parts->wanted, parts->contents, flash_size, names, count, err) != ESPBAK_OK)
        return err->status;
    drop_what_is_not_held(parts, &held);
    return ESPBAK_OK;
}
