/* SPDX-License-Identifier: Apache-2.0 */
/* What a backup is a backup of, for its manifest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ops/content/backup_common.h"
#include "ops/pieces/piece_contents.h"

static espbak_tristate known(bool is_known, bool value)
{
    return !is_known ? ESPBAK_UNKNOWN : value ? ESPBAK_YES : ESPBAK_NO;
}

static espbak_tristate sha256_of(const espbak_image *image)
{
    return known(image->checked && image->header.hash_appended, image->sha256_ok);
}

static espbak_status set_table(espbak_manifest *manifest, const espbak_partition_table *table, espbak_error *err)
{
    manifest->table.known = true;
    manifest->table.offset = table->offset;
    manifest->table.md5_ok = known(table->md5_present, table->md5_ok);
    for (size_t i = 0; i < table->count && i < ESPBAK_MANIFEST_PARTITIONS_MAX; i++) {
        const espbak_partition *from = &table->entries[i];
        espbak_manifest_partition to = {
            .offset = from->offset, .size = from->size, .encrypted = from->encrypted, .read_only = from->read_only};
        if (!bytes_range_within(from->offset, from->size, manifest->flash.size))
            continue;
        snprintf(to.name, sizeof(to.name), "%s", from->label);
        espbak_partition_type_text(from->type, to.type);
        espbak_partition_subtype_text(from->type, from->subtype, to.subtype);
        if (espbak_manifest_add_partition(manifest, &to, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* A table that needs more than the flash has is wrong, unless the flash is another than it says. */
static void mind_table_size(espbak_manifest *manifest, const espbak_partition_table *table, const espbak_events *events)
{
    uint64_t end = 0;
    for (size_t i = 0; i < table->count; i++) {
        const uint64_t entry_end = (uint64_t)table->entries[i].offset + table->entries[i].size;
        end = entry_end > end ? entry_end : end;
    }
    if (end <= manifest->flash.size || manifest->flash.size_proof == ESPBAK_PROOF_SHOWN)
        return;
    manifest->flash.size_proof = ESPBAK_PROOF_DOUBTED;
    espbak_log(events, ESPBAK_LOG_WARNING,
               "the partition table needs %llu KiB, and the flash has %llu KiB by what it says: one of them is wrong, "
               "and the backup may be of a part of the flash only",
               (unsigned long long)end / 1024, (unsigned long long)manifest->flash.size / 1024);
}

static void set_bootloader(espbak_manifest *manifest, const espbak_image *image)
{
    const espbak_bootloader_description *about = &image->bootloader;
    snprintf(manifest->bootloader.idf, sizeof(manifest->bootloader.idf), "%s", about->idf);
    snprintf(manifest->bootloader.compiled, sizeof(manifest->bootloader.compiled), "%s", about->compiled);
    manifest->bootloader.sha256_ok = sha256_of(image);
}

static espbak_status add_app(espbak_manifest *manifest, const espbak_boot_app *from, const espbak_image *image,
                             espbak_error *err)
{
    const espbak_app_description *about = &image->app;
    if (!from->present || manifest->app_count == ESPBAK_MANIFEST_APPS_MAX)
        return ESPBAK_OK;
    espbak_manifest_app to = {.active = from->active, .sha256_ok = sha256_of(image)};
    snprintf(to.slot, sizeof(to.slot), "%s", from->partition->label);
    if (image->app_described) {
        snprintf(to.project, sizeof(to.project), "%s", about->project);
        snprintf(to.version, sizeof(to.version), "%s", about->version);
        snprintf(to.idf, sizeof(to.idf), "%s", about->idf);
        snprintf(to.compiled, sizeof(to.compiled), "%s %s", about->date, about->time);
    }
    return espbak_manifest_add_app(manifest, &to, err);
}

static void set_ota(espbak_manifest *manifest, const espbak_boot_report *boot)
{
    const espbak_otadata *ota = &boot->otadata;
    const espbak_boot_app *active = espbak_boot_active(boot);
    if (!boot->otadata_found)
        return;
    if (active != NULL)
        snprintf(manifest->ota.active_slot, sizeof(manifest->ota.active_slot), "%s", active->partition->label);
    if (ota->active < 0)
        return;
    manifest->ota.seq_known = true;
    manifest->ota.seq = ota->entries[ota->active].seq;
    snprintf(manifest->ota.state, sizeof(manifest->ota.state), "%s",
             espbak_ota_state_name(ota->entries[ota->active].state));
}

/* `checked` comes from the bytes in the backup alone, `seen` from what was read of the rest of the flash as well. */
static espbak_status set_contents(espbak_manifest *manifest, const espbak_boot_report *seen,
                                  const espbak_boot_report *checked, espbak_error *err)
{
    if (seen->table_found && set_table(manifest, &seen->table, err) != ESPBAK_OK)
        return err->status;
    if (seen->bootloader_found)
        set_bootloader(manifest, checked->bootloader_found ? &checked->bootloader : &seen->bootloader);
    for (size_t i = 0; i < seen->app_count; i++) {
        const bool is_checked = i < checked->app_count && checked->apps[i].present;
        const espbak_image *image = is_checked ? &checked->apps[i].image : &seen->apps[i].image;
        if (add_app(manifest, &seen->apps[i], image, err) != ESPBAK_OK)
            return err->status;
    }
    set_ota(manifest, seen);
    return ESPBAK_OK;
}

static espbak_status open_written(piece_list *list, const espbak_backup_writer *writer, const espbak_manifest *manifest,
                                  espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < manifest->region_count && status == ESPBAK_OK; i++) {
        char *path = file_join(espbak_backup_writer_path(writer), manifest->regions[i].file);
        const espbak_raw_file raw = {.offset = manifest->regions[i].offset, .path = path};
        if (path == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        status = piece_list_add_bytes(list, &raw, err);
        free(path);
    }
    return status;
}

/* What the data files say, into contents of its own. */
static espbak_status look_into(espbak_contents **out, const espbak_backup_writer *writer,
                               const espbak_manifest *manifest, const explain_options *how, espbak_error *err)
{
    piece_list list = {0};
    espbak_contents *contents = calloc(1, sizeof(*contents));
    if (contents == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = open_written(&list, writer, manifest, err);
    if (status == ESPBAK_OK)
        status = piece_contents_explain(contents, &list, manifest->flash.size, how, err);
    piece_list_free(&list);
    *out = contents;
    return status;
}

void backup_common_explain(espbak_backup_writer *writer, espbak_manifest *manifest, const espbak_contents *outline,
                           espbak_backup_result *result, const espbak_events *events)
{
    espbak_error why = {0};
    explain_options how = {.known = outline != NULL && outline->boot.table_found ? &outline->boot.table : NULL};
    piece_contents_of_manifest(&how, manifest);
    espbak_contents *found = NULL;
    espbak_status status = look_into(&found, writer, manifest, &how, &why);
    if (status == ESPBAK_OK)
        status = set_contents(manifest, outline != NULL ? &outline->boot : &found->boot, &found->boot, &why);
    if (status == ESPBAK_OK) {
        mind_table_size(manifest, outline != NULL ? &outline->boot.table : &found->boot.table, events);
        result->contents = found;
        return;
    }
    espbak_log(events, ESPBAK_LOG_WARNING, "what is in the backup cannot be told: %s", why.message);
    explain_discard(found);
}
