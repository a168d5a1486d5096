/* SPDX-License-Identifier: Apache-2.0 */
/* A backup begins: a new one, or one that was left unfinished. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "store/backup_writer.h"
#include "store/sums.h"

void backup_writer_free(espbak_backup_writer *writer)
{
    file_unlock(writer->lock);
    backup_place_free(&writer->place);
    journal_free(&writer->log);
    journal_free(&writer->before);
    digest_pair_free(&writer->hashes);
    free(writer);
}

/* Everything but the lock and the folder's name. */
static espbak_status new_writer(espbak_backup_writer **out, espbak_manifest *manifest, espbak_error *err)
{
    char compact[32];
    espbak_backup_writer *writer = calloc(1, sizeof(*writer));
    *out = NULL;
    if (writer == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (manifest->created[0] == '\0')
        utc_now(manifest->created, compact);
    writer->manifest = manifest;
    const espbak_status status = digest_pair_new(&writer->hashes, err);
    if (status == ESPBAK_OK)
        *out = writer;
    else
        backup_writer_free(writer);
    return status;
}

void backup_writer_remove(const espbak_backup_writer *writer, const char *name)
{
    char *path = file_join(writer->place.partial, name);
    if (path != NULL && file_lock_is_of(writer->lock, writer->place.partial) &&
        file_kind_of(path) != FILE_KIND_MISSING && file_remove(path, NULL) != ESPBAK_OK) {
        /* Nothing better can be done: an unfinished backup says itself what it is. */
    }
    free(path);
}

espbak_status espbak_backup_create(espbak_backup_writer **out, const char *folder, const char *name,
                                   espbak_manifest *manifest, espbak_error *err)
{
    espbak_backup_writer *writer = NULL;
    *out = NULL;
    espbak_status status = new_writer(&writer, manifest, err);
    if (status != ESPBAK_OK)
        return status;
    journal_init(&writer->log, manifest);
    status = file_make_folders(folder, err);
    if (status == ESPBAK_OK)
        status = backup_place_claim(&writer->place, folder, name, manifest, err);
    if (status == ESPBAK_OK)
        status = file_lock_folder(&writer->lock, writer->place.partial, err);
    if (status != ESPBAK_OK) {
        backup_writer_free(writer);
        return status;
    }
    *out = writer;
    return ESPBAK_OK;
}

static espbak_status take_place(backup_place *place, const char *path, espbak_error *err)
{
    size_t length = strlen(path);
    if (backup_is_partial_name(path))
        length -= strlen(backup_partial_suffix);
    place->final = malloc(length + 1);
    if (place->final != NULL) {
        memcpy(place->final, path, length);
        place->final[length] = '\0';
        place->partial = backup_path_with(place->final, backup_partial_suffix);
    }
    if (place->partial == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (file_kind_of(place->partial) == FILE_KIND_FOLDER)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "there is no unfinished backup %s", place->partial);
    espbak_error_suggest(err, (const char *const[]){"list", NULL});
    espbak_error_hint(err, "see what there is:");
    return ESPBAK_E_FILE;
}

/* What is not known cannot differ. */
static espbak_status check_device(const journal *before, const journal *now, const char *path, espbak_error *err)
{
    if (before->chip[0] == '\0' || (strcmp(before->chip, now->chip) == 0 && strcmp(before->mac, now->mac) == 0 &&
                                    before->flash_size == now->flash_size))
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE,
                "%s is of another device: %s %s with %llu KiB of flash, and this is %s %s with %llu KiB", path,
                before->chip, before->mac, (unsigned long long)(before->flash_size / 1024), now->chip, now->mac,
                (unsigned long long)(now->flash_size / 1024));
    espbak_error_hint(err, "attach that device, or leave out --resume to make a new backup of this one");
    return ESPBAK_E_FILE;
}

/* A process that was killed leaves temporary files, and perhaps papers of a seal that came to nothing. */
static espbak_status remove_remains(void *user, const char *name, espbak_error *err)
{
    static const char suffix[] = ".tmp";
    const size_t length = strlen(name), tail = strlen(suffix);
    (void)err;
    const bool temporary = length > tail && strcmp(name + length - tail, suffix) == 0;
    const bool ours = strncmp(name, journal_file_name, strlen(journal_file_name)) == 0 ||
                      strncmp(name, manifest_file_name, strlen(manifest_file_name)) == 0 ||
                      strncmp(name, sums_file_name, strlen(sums_file_name)) == 0;
    if ((temporary && ours) || strcmp(name, manifest_file_name) == 0 || strcmp(name, sums_file_name) == 0)
        backup_writer_remove(user, name);
    return ESPBAK_OK;
}

/*
 * Where the journal is missing nothing is known, and everything has to prove itself. One that cannot be read may
 * be of another device, or not ours.
 */
static espbak_status load_before(espbak_backup_writer *writer, espbak_error *err)
{
    const char *partial = writer->place.partial;
    char *path = file_join(partial, journal_file_name);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = ESPBAK_OK;
    if (file_kind_of(path) != FILE_KIND_MISSING) {
        status = journal_load(&writer->before, partial, err);
        if (status == ESPBAK_OK) {
            status = check_device(&writer->before, &writer->log, partial, err);
        } else if (status == ESPBAK_E_FILE) {
            espbak_error_prefix(err, "%s cannot be gone on with", partial);
            espbak_error_hint(err,
                              "leave out --resume to make a new backup; or remove %s if all of it is of this device: "
                              "then it is compared with the device",
                              path);
        }
    }
    free(path);
    return status;
}

static void take_over(espbak_backup_writer *writer)
{
    espbak_manifest *manifest = writer->manifest;
    const journal *before = &writer->before;
    if (before->created[0] != '\0')
        snprintf(manifest->created, sizeof(manifest->created), "%s", before->created);
    if (manifest->note[0] == '\0')
        snprintf(manifest->note, sizeof(manifest->note), "%s", before->note);
}

espbak_status espbak_backup_continue(espbak_backup_writer **out, const char *path, espbak_manifest *manifest,
                                     espbak_error *err)
{
    espbak_backup_writer *writer = NULL;
    *out = NULL;
    espbak_status status = new_writer(&writer, manifest, err);
    if (status != ESPBAK_OK)
        return status;
    writer->continued = true;
    journal_init(&writer->log, manifest);
    status = take_place(&writer->place, path, err);
    if (status == ESPBAK_OK)
        status = file_lock_folder(&writer->lock, writer->place.partial, err);
    if (status == ESPBAK_OK)
        status = load_before(writer, err);
    if (status == ESPBAK_OK)
        status = file_list(writer->place.partial, remove_remains, writer, err);
    if (status != ESPBAK_OK) {
        backup_writer_free(writer);
        return status;
    }
    take_over(writer);
    journal_free(&writer->log);
    journal_init(&writer->log, manifest);
    *out = writer;
    return ESPBAK_OK;
}
