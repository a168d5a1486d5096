/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/backup.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "store/backup_internal.h"
#include "store/backup_name.h"
#include "store/journal.h"
#include "store/sums.h"

bool backup_holds(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    const bool holds = path != NULL && file_kind_of(path) != FILE_KIND_MISSING;
    free(path);
    return holds;
}

espbak_status backup_load_manifest(const char *folder, espbak_manifest *manifest, uint8_t sha256[32], espbak_error *err)
{
    char *text = NULL;
    size_t size = 0;
    *manifest = (espbak_manifest){0};
    char *path = file_join(folder, manifest_file_name);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = ESPBAK_OK;
    if (file_kind_of(path) == FILE_KIND_OTHER)
        status = espbak_fail(err, ESPBAK_E_FILE, "%s is a link or device, not a plain file", path);
    if (status == ESPBAK_OK)
        status = file_load(path, ESPBAK_MANIFEST_SIZE_MAX, &text, &size, err);
    if (status != ESPBAK_OK)
        goto out;
    status = espbak_manifest_parse(manifest, text, size, err);
    if (status == ESPBAK_OK)
        status = digest_of(DIGEST_SHA256, text, size, sha256, err);
    if (status != ESPBAK_OK) {
        status = espbak_error_prefix(err, "%s", path);
        espbak_error_hint(err, "the manifest was damaged or edited: take it from a copy of this backup");
    }
out:
    free(text);
    free(path);
    return status;
}

/* One of parts cannot be gone on with without their names. */
static void suggest_resume(const char *path, bool whole, espbak_error *err)
{
    char *folder = file_folder_of(path), *name = bytes_copy_text(file_name_of(path));
    if (whole && folder != NULL && name != NULL && backup_is_partial_name(name)) {
        name[strlen(name) - strlen(backup_partial_suffix)] = '\0';
        espbak_error_suggest(err, (const char *const[]){"backup", "--resume", "-o", folder, "--name", name, NULL});
        espbak_error_suggest(err, (const char *const[]){"backup", NULL});
        espbak_error_hint(err, "finish it, or make a new one:");
    }
    espbak_error_hint(err, "go on with it by the command that began it, with --resume");
    free(name);
    free(folder);
}

static espbak_status fail_partial(const char *folder, espbak_error *err)
{
    journal log;
    uint64_t done = 0;
    uint64_t size = 0;
    bool whole = false;
    if (journal_load(&log, folder, NULL) == ESPBAK_OK) {
        journal_progress(&log, &done, &size);
        whole = log.region_count == 1 && log.regions[0].offset == 0 && strcmp(log.regions[0].name, "flash") == 0;
        journal_free(&log);
    }
    if (size > 0)
        espbak_fail(err, ESPBAK_E_FILE, "%s is an unfinished backup: %llu of %llu KiB are in", folder,
                    (unsigned long long)(done / 1024), (unsigned long long)(size / 1024));
    else
        espbak_fail(err, ESPBAK_E_FILE, "%s is an unfinished backup", folder);
    suggest_resume(folder, whole, err);
    return ESPBAK_E_FILE;
}

static espbak_status check_folder(const char *folder, espbak_error *err)
{
    if (backup_is_partial_name(folder) || backup_holds(folder, journal_file_name))
        return fail_partial(folder, err);
    if (backup_holds(folder, manifest_file_name))
        return ESPBAK_OK;
    char *manifest = file_join(folder, manifest_file_name);
    const bool forbidden = manifest != NULL && file_is_forbidden(manifest, err);
    free(manifest);
    if (forbidden)
        return ESPBAK_E_FILE;
    espbak_fail(err, ESPBAK_E_FILE, "%s is not a backup: it holds no %s", folder, manifest_file_name);
    espbak_error_suggest(err, (const char *const[]){"list", "--", folder, NULL});
    espbak_error_hint(err, "name the folder of one backup; those inside:");
    return ESPBAK_E_FILE;
}

/* Where it was looked for, if that is there. */
static void suggest_list(const char *path, espbak_error *err)
{
    char *folder = file_folder_of(path);
    const bool beside = folder != NULL && file_name_of(path) != path && file_is_folder(folder);
    espbak_error_suggest(err, (const char *const[]){"list", beside ? "--" : NULL, folder, NULL});
    espbak_error_hint(err, "check the spelling; the backups there are:");
    free(folder);
}

static espbak_status fail_missing(const char *path, espbak_error *err)
{
    char *partial = backup_path_with(path, backup_partial_suffix);
    espbak_status status = ESPBAK_E_FILE;
    if (partial != NULL && file_is_folder(partial)) {
        status = fail_partial(partial, err);
    } else if (!file_is_forbidden(path, err)) {
        espbak_fail(err, status, "there is no backup %s", path);
        suggest_list(path, err);
    }
    free(partial);
    return status;
}

static bool belongs(const espbak_manifest *manifest, const char *name)
{
    if (strcmp(name, manifest_file_name) == 0 || strcmp(name, sums_file_name) == 0)
        return true;
    for (size_t i = 0; i < manifest->region_count; i++) {
        if (strcmp(name, manifest->regions[i].file) == 0)
            return true;
    }
    return false;
}

static espbak_status fail_raw(const char *path, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_FILE, "%s is a file, not a backup", path);
    espbak_error_suggest(err, (const char *const[]){"import", "--", path, NULL});
    espbak_error_hint(err, "make a backup of a raw dump:");
    return ESPBAK_E_FILE;
}

/* The folder of a backup, given that or a file in it; *inside is the file's name, or NULL. */
static espbak_status find_folder(const char *path, char **folder, const char **inside, espbak_error *err)
{
    *inside = NULL;
    if (file_is_folder(path)) {
        *folder = backup_path_with(path, "");
        for (size_t n = *folder == NULL ? 0 : strlen(*folder); n > 1 && *file_name_of(*folder) == '\0'; n--)
            (*folder)[n - 1] = '\0';
    } else if (file_kind_of(path) == FILE_KIND_MISSING) {
        return fail_missing(path, err);
    } else {
        *folder = file_folder_of(path);
        *inside = file_name_of(path);
        if (*folder != NULL && !backup_holds(*folder, manifest_file_name) && !backup_holds(*folder, journal_file_name))
            return fail_raw(path, err);
    }
    return *folder == NULL ? espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory") : ESPBAK_OK;
}

espbak_status espbak_backup_open(espbak_backup **out, const char *path, espbak_error *err)
{
    const char *inside = NULL;
    *out = NULL;
    espbak_backup *backup = calloc(1, sizeof(*backup));
    if (backup == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = find_folder(path, &backup->path, &inside, err);
    if (status == ESPBAK_OK)
        status = check_folder(backup->path, err);
    if (status == ESPBAK_OK)
        status = backup_load_manifest(backup->path, &backup->manifest, backup->manifest_sha256, err);
    if (status == ESPBAK_OK && inside != NULL && !belongs(&backup->manifest, inside))
        status = fail_raw(path, err);
    if (status != ESPBAK_OK) {
        espbak_backup_close(backup);
        return status;
    }
    *out = backup;
    return ESPBAK_OK;
}

void backup_forget_check(espbak_backup *backup)
{
    for (size_t i = 0; backup->checked != NULL && i < backup->manifest.region_count; i++)
        sector_digests_free(backup->checked[i]);
    free(backup->checked);
    backup->checked = NULL;
}

void espbak_backup_close(espbak_backup *backup)
{
    if (backup == NULL)
        return;
    backup_forget_check(backup);
    file_close(backup->data, false);
    espbak_manifest_free(&backup->manifest);
    free(backup->path);
    free(backup);
}

const espbak_manifest *espbak_backup_manifest(const espbak_backup *backup)
{
    return &backup->manifest;
}

const char *espbak_backup_path(const espbak_backup *backup)
{
    return backup->path;
}

espbak_status backup_open_data(const espbak_backup *backup, const espbak_region *region, file **out, uint64_t *size,
                               espbak_error *err)
{
    char *path = file_join(backup->path, region->file);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = ESPBAK_OK;
    *out = NULL;
    switch (file_kind_of(path)) {
    case FILE_KIND_REGULAR:
        break;
    case FILE_KIND_MISSING:
        status = espbak_fail(err, ESPBAK_E_FILE, "%s is missing from the backup %s", region->file, backup->path);
        espbak_error_hint(err, "take %s from a copy of this backup", region->file);
        break;
    default: /* a link could lead out of the folder */
        status = espbak_fail(err, ESPBAK_E_FILE, "%s is a folder, link or device, not a plain file", path);
        espbak_error_hint(err, "take %s from a copy of this backup", region->file);
        break;
    }
    if (status == ESPBAK_OK)
        status = file_open(out, path, err);
    if (status == ESPBAK_OK)
        status = file_size(*out, size, err);
    free(path);
    return status;
}

espbak_status backup_select_region(espbak_backup *backup, size_t index, espbak_error *err)
{
    if (backup->data != NULL && backup->data_region == index)
        return ESPBAK_OK;
    const espbak_region *region = &backup->manifest.regions[index];
    uint64_t size = 0;
    file_close(backup->data, false);
    backup->data_region = index;
    const espbak_status status = backup_open_data(backup, region, &backup->data, &size, err);
    if (status != ESPBAK_OK || size == region->size)
        return status;
    file_close(backup->data, false);
    backup->data = NULL;
    espbak_fail(err, ESPBAK_E_FILE, "%s in the backup %s has %llu bytes, its manifest says %llu", region->file,
                backup->path, (unsigned long long)size, (unsigned long long)region->size);
    espbak_error_hint(err, "take %s from a copy of this backup", region->file);
    return ESPBAK_E_FILE;
}

espbak_status espbak_backup_read(espbak_backup *backup, size_t region, uint64_t offset, uint8_t *data, size_t size,
                                 espbak_error *err)
{
    if (region >= backup->manifest.region_count ||
        !bytes_range_within(offset, size, backup->manifest.regions[region].size))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "a read past the end of a region was asked for");
    const espbak_status status = backup_select_region(backup, region, err);
    if (status != ESPBAK_OK)
        return status;
    const espbak_region *r = &backup->manifest.regions[region];
    return backup->checked != NULL ? sector_digests_read(backup->checked[region], sector_digests_file, backup->data,
                                                         r->file, offset, data, size, err)
                                   : file_read_at(backup->data, offset, data, size, err);
}
