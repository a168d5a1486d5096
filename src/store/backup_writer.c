/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "store/backup_writer.h"
#include "store/manifest/manifest_check.h"
#include "store/sums.h"

/* Data between two entries of the journal: what a crash costs at most, and how often the disk is waited for. */
enum { JOURNAL_EVERY = 4 * 1024 * 1024 };

/* What the manifest would refuse at the end is better refused before an hour of reading. */
static espbak_status check_region(const espbak_backup_writer *writer, const espbak_region *region, espbak_error *err)
{
    if (writer->data != NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "region %s is not finished", writer->region.name);
    if (writer->log.region_count >= ESPBAK_REGIONS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "more than %d regions do not fit in one backup", ESPBAK_REGIONS_MAX);
    if (region->name[0] == '\0' || region->size == 0 || !manifest_file_name_ok(region->file))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "region %s has no name, no bytes or no usable file name",
                           region->name);
    if (!bytes_range_within(region->offset, region->size, writer->manifest->flash.size))
        return espbak_fail(err, ESPBAK_E_INTERNAL, "region %s reaches past the end of the flash", region->name);
    return ESPBAK_OK;
}

static espbak_status save_journal(const espbak_backup_writer *writer, espbak_error *err)
{
    const espbak_status status = backup_writer_check_place(writer, err);
    return status == ESPBAK_OK ? journal_save(&writer->log, writer->place.partial, err) : status;
}

espbak_status espbak_backup_begin_region(espbak_backup_writer *writer, const espbak_region *region, espbak_error *err)
{
    espbak_status status = check_region(writer, region, err);
    if (status != ESPBAK_OK)
        return status;
    status = backup_writer_open_data(writer, region, err);
    if (status == ESPBAK_OK)
        status = file_need_space(writer->place.partial, region->size - writer->done, err);
    if (status == ESPBAK_OK)
        status = journal_add(&writer->log, region, err);
    if (status != ESPBAK_OK) {
        file_close(writer->data, writer->done == 0);
        writer->data = NULL;
        return status;
    }
    writer->region = *region;
    writer->log.regions[writer->log.region_count - 1].done = backup_writer_known_bytes(writer);
    writer->appended = writer->appended || writer->done > 0;
    return save_journal(writer, err);
}

static espbak_status note_progress(espbak_backup_writer *writer, espbak_error *err)
{
    const espbak_status status = file_sync(writer->data, err);
    if (status != ESPBAK_OK)
        return status;
    writer->log.regions[writer->log.region_count - 1].done = writer->done;
    return save_journal(writer, err);
}

espbak_status espbak_backup_append(espbak_backup_writer *writer, const uint8_t *data, size_t size, espbak_error *err)
{
    if (writer->data == NULL || size > writer->region.size - writer->done)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "more bytes came than the region has");
    if (size == 0)
        return ESPBAK_OK;
    espbak_status status = file_write_at(writer->data, writer->done, data, size, err);
    if (status == ESPBAK_OK)
        status = digest_pair_update(&writer->hashes, data, size, err);
    if (status != ESPBAK_OK)
        return status;
    const uint64_t before = writer->done;
    writer->done += size;
    writer->appended = true;
    if (before / JOURNAL_EVERY != writer->done / JOURNAL_EVERY && writer->done < writer->region.size)
        status = note_progress(writer, err);
    return status;
}

espbak_status espbak_backup_end_region(espbak_backup_writer *writer, espbak_error *err)
{
    if (writer->data == NULL || writer->done != writer->region.size)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "region %s ended with %llu of its %llu bytes", writer->region.name,
                           (unsigned long long)writer->done, (unsigned long long)writer->region.size);
    espbak_status status = file_commit(writer->data, err);
    writer->data = NULL;
    if (status != ESPBAK_OK)
        return status;
    writer->log.regions[writer->log.region_count - 1].done = writer->done;
    status = save_journal(writer, err);
    if (status == ESPBAK_OK)
        status = digest_pair_finish(&writer->hashes, writer->region.sha256, writer->region.md5, err);
    if (status == ESPBAK_OK)
        status = espbak_manifest_add_region(writer->manifest, &writer->region, err);
    return status;
}

static espbak_status write_file(const char *folder, const char *name, const char *text, espbak_error *err)
{
    file *f = NULL;
    char *path = file_join(folder, name);
    if (path == NULL || text == NULL) {
        free(path);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    }
    espbak_status status = file_create_atomic(&f, path, true, err);
    if (status == ESPBAK_OK)
        status = file_write(f, text, strlen(text), err);
    status = file_end(f, status, err);
    free(path);
    return status;
}

/* A manifest that we ourselves would refuse to read must not be sealed. */
static espbak_status format_checked(const espbak_manifest *manifest, char **json, espbak_error *err)
{
    espbak_manifest again = {0};
    espbak_status status = espbak_manifest_format(manifest, json, err);
    if (status == ESPBAK_OK)
        status = espbak_manifest_parse(&again, *json, strlen(*json), err);
    espbak_manifest_free(&again);
    if (status != ESPBAK_E_FILE)
        return status;
    espbak_error_prefix(err, "the manifest of this backup would not be valid");
    if (err != NULL)
        err->status = ESPBAK_E_INTERNAL;
    return ESPBAK_E_INTERNAL;
}

static espbak_status write_papers(espbak_backup_writer *writer, espbak_error *err)
{
    char *json = NULL;
    char *hashes = NULL;
    uint8_t sha256[DIGEST_SHA256_SIZE];
    espbak_status status = format_checked(writer->manifest, &json, err);
    if (status == ESPBAK_OK)
        status = digest_of(DIGEST_SHA256, json, strlen(json), sha256, err);
    if (status != ESPBAK_OK)
        goto out;
    hashes = sums_format(writer->manifest, sha256);
    status = write_file(writer->place.partial, manifest_file_name, json, err);
    if (status == ESPBAK_OK)
        status = write_file(writer->place.partial, sums_file_name, hashes, err);
out:
    free(json);
    free(hashes);
    return status;
}

espbak_status espbak_backup_seal(espbak_backup_writer *writer, espbak_error *err)
{
    if (writer->sealed || writer->data != NULL || writer->manifest->region_count == 0)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "this backup cannot be sealed: it has no finished region");
    espbak_status status = backup_writer_check_files(writer, err);
    if (status == ESPBAK_OK)
        status = write_papers(writer, err);
    if (status != ESPBAK_OK)
        goto out;
    backup_writer_remove(writer, journal_file_name);
    status = file_sync_folder(writer->place.partial, err);
    if (status == ESPBAK_OK)
        status = backup_writer_check_files(writer, err);
    if (status == ESPBAK_OK)
        status = file_rename_new(writer->place.partial, writer->place.final, err);
    writer->sealed = status == ESPBAK_OK;
out:
    if (status != ESPBAK_OK) {
        backup_writer_remove(writer, sums_file_name);
        backup_writer_remove(writer, manifest_file_name);
    }
    return status;
}

const char *espbak_backup_writer_path(const espbak_backup_writer *writer)
{
    return writer->sealed ? writer->place.final : writer->place.partial;
}

const char *espbak_backup_writer_final_path(const espbak_backup_writer *writer)
{
    return writer->place.final;
}

/* Only what this writer made, by name: the folder stays if somebody put something else there. */
static void remove_partial(const espbak_backup_writer *writer)
{
    for (size_t i = 0; i < writer->log.region_count; i++)
        backup_writer_remove(writer, writer->log.regions[i].file);
    backup_writer_remove(writer, journal_file_name);
    if (file_remove_folder(writer->place.partial, NULL) != ESPBAK_OK) {
        /* It holds something that is not ours, or is gone already. */
    }
}

/* Both may fail without harm: the journal then says less than there is. */
static void keep_partial(espbak_backup_writer *writer)
{
    espbak_status status;
    if (writer->data != NULL)
        status = note_progress(writer, NULL);
    else
        status = save_journal(writer, NULL); /* a failed seal had removed it */
    (void)status;
}

void espbak_backup_writer_close(espbak_backup_writer *writer, bool discard)
{
    if (writer == NULL)
        return;
    const bool keep = writer->continued || (!discard && writer->appended);
    if (!writer->sealed && keep)
        keep_partial(writer);
    file_close(writer->data, false);
    file_close(writer->changed, false);
    file_close(writer->looked_at, false);
    if (!writer->sealed && !keep)
        remove_partial(writer);
    backup_writer_free(writer);
}
