/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/content/backup_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utc.h"
#include "espbak/api.h"
#include "ops/explain/explain.h"

void backup_common_describe(espbak_manifest *manifest, const char *note)
{
    char compact[32];
    utc_now(manifest->created, compact);
    snprintf(manifest->tool_name, sizeof(manifest->tool_name), "espbak");
    snprintf(manifest->tool_version, sizeof(manifest->tool_version), "%s", ESPBAK_VERSION);
    snprintf(manifest->note, sizeof(manifest->note), "%s", note != NULL ? note : "");
}

void backup_common_name_parts(espbak_manifest *manifest, const espbak_region *regions, size_t count)
{
    enum { NAMED_MAX = 3 };
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t used = 0;
    if (count > NAMED_MAX) {
        snprintf(manifest->parts, sizeof(manifest->parts), "%zu-parts", count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && used + 1 < sizeof(manifest->parts))
            manifest->parts[used++] = '+';
        for (const char *p = regions[i].name; *p != '\0' && used + 1 < sizeof(manifest->parts); p++)
            manifest->parts[used++] = strchr(fit, *p) != NULL ? *p : '_';
    }
    manifest->parts[used] = '\0';
}

espbak_status backup_common_check_note(const char *note, espbak_error *err)
{
    const size_t most = sizeof(((espbak_manifest *)NULL)->note) - 1;
    if (note == NULL || strlen(note) <= most)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_USAGE, "the note has %zu bytes, and %zu is the most", strlen(note), most);
}

static void mention_stray(void *events, const char *name)
{
    espbak_log(events, ESPBAK_LOG_INFO, "%s is in the backup's folder, but does not belong to it", name);
}

espbak_status backup_common_check(espbak_backup *backup, const espbak_events *events, espbak_error *err)
{
    return espbak_backup_check(backup, mention_stray, (void *)events, events, err);
}

espbak_region backup_common_region(uint64_t size)
{
    espbak_region region = {.name = "flash", .size = size};
    snprintf(region.file, sizeof(region.file), "%s", BACKUP_COMMON_FILE);
    return region;
}

static void note_region(espbak_saved_region *saved, const espbak_region *region)
{
    snprintf(saved->name, sizeof(saved->name), "%s", region->name);
    snprintf(saved->file, sizeof(saved->file), "%s", region->file);
    saved->offset = region->offset;
    saved->size = region->size;
    memcpy(saved->sha256, region->sha256, sizeof(saved->sha256));
}

espbak_status backup_common_seal(espbak_backup_writer *writer, const espbak_manifest *manifest,
                                 espbak_backup_result *result, espbak_error *err)
{
    result->regions = calloc(manifest->region_count + 1, sizeof(result->regions[0]));
    if (result->regions == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (espbak_backup_seal(writer, err) != ESPBAK_OK)
        return err->status;
    const espbak_region *region = &manifest->regions[0];
    for (size_t i = 0; i < manifest->region_count; i++)
        note_region(&result->regions[result->region_count++], &manifest->regions[i]);
    memcpy(result->sha256, region->sha256, sizeof(result->sha256));
    memcpy(result->md5, region->md5, sizeof(result->md5));
    result->sealed = true;
    return backup_common_set_path(result, espbak_backup_writer_final_path(writer), err);
}

void backup_common_warn_holes(const espbak_backup *backup, uint64_t offset, uint64_t size, const espbak_events *events)
{
    const espbak_manifest *manifest = espbak_backup_manifest(backup);
    for (size_t i = 0; i < manifest->region_count; i++) {
        for (size_t k = 0; k < manifest->regions[i].unreadable_count; k++) {
            const espbak_hole *hole = &manifest->regions[i].unreadable[k];
            if (hole->offset < offset + size && offset < hole->offset + hole->size)
                espbak_log(events, ESPBAK_LOG_WARNING,
                           "%llu bytes at 0x%llX could not be read when the backup was made; they are 0xFF in the file",
                           (unsigned long long)hole->size, (unsigned long long)hole->offset);
        }
    }
}

espbak_status backup_common_set_path(espbak_backup_result *result, const char *path, espbak_error *err)
{
    free(result->path);
    result->path = bytes_copy_text(path);
    return result->path != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

void espbak_backup_result_free(espbak_backup_result *result)
{
    explain_discard(result->contents);
    free(result->regions);
    free(result->saved.sources);
    free(result->saved.base);
    free(result->path);
    *result = (espbak_backup_result){0};
}
