/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/events.h"
#include "store/backup_internal.h"
#include "store/sums.h"

typedef struct check {
    espbak_backup *backup;
    sums *listed; /* what SHA256SUMS says */
    uint8_t *buffer;
    digest_pair hashes;
    const espbak_events *events;
    uint64_t done, total;
    espbak_backup_note_fn note;
    void *user;
} check;

static espbak_status differs(espbak_error *err, const char *name)
{
    espbak_error_hint(err, "do not restore this backup: take %s from a copy, or make a new backup", name);
    return ESPBAK_E_DIFFERS;
}

static espbak_status load_sums(check *c, espbak_error *err)
{
    char *text = NULL;
    size_t size = 0;
    char *path = file_join(c->backup->path, sums_file_name);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = ESPBAK_OK;
    if (file_kind_of(path) != FILE_KIND_REGULAR) {
        status = espbak_fail(err, ESPBAK_E_FILE, "%s is missing from the backup %s", sums_file_name, c->backup->path);
        espbak_error_hint(err, "take %s from a copy of this backup", sums_file_name);
    }
    if (status == ESPBAK_OK)
        status = file_load(path, SUMS_SIZE_MAX, &text, &size, err);
    if (status == ESPBAK_OK)
        status = sums_parse(c->listed, text, size, err);
    if (status == ESPBAK_E_DIFFERS)
        status = differs(err, sums_file_name);
    free(text);
    free(path);
    return status;
}

static espbak_status compare_line(const check *c, const char *name, const uint8_t *sha256, espbak_error *err)
{
    const sums_line *line = sums_find(c->listed, name);
    if (line != NULL && memcmp(line->sha256, sha256, sizeof(line->sha256)) == 0)
        return ESPBAK_OK;
    if (line == NULL)
        espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s does not list %s", sums_file_name, c->backup->path,
                    name);
    else if (strcmp(name, manifest_file_name) == 0)
        espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s has another hash in %s: one of them was changed", name,
                    c->backup->path, sums_file_name);
    else
        espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s has another hash for %s than the manifest",
                    sums_file_name, c->backup->path, name);
    return differs(err, line == NULL ? sums_file_name : name);
}

/* SHA256SUMS and the manifest must list the same files with the same hashes. */
static espbak_status compare_lists(const check *c, espbak_error *err)
{
    const espbak_manifest *manifest = &c->backup->manifest;
    espbak_status status = compare_line(c, manifest_file_name, c->backup->manifest_sha256, err);
    for (size_t i = 0; i < manifest->region_count && status == ESPBAK_OK; i++)
        status = compare_line(c, manifest->regions[i].file, manifest->regions[i].sha256, err);
    if (status != ESPBAK_OK || c->listed->count == manifest->region_count + 1)
        return status;
    espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s lists a file that the manifest does not have",
                sums_file_name, c->backup->path);
    return differs(err, sums_file_name);
}

static espbak_status hash_file(check *c, file *f, sector_digests *each, uint64_t size, uint8_t *sha256, uint8_t *md5,
                               espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (uint64_t at = 0; at < size && status == ESPBAK_OK;) {
        const size_t part = (size_t)bytes_min64(BACKUP_BUFFER_SIZE, size - at);
        status = file_read_at(f, at, c->buffer, part, err);
        if (status == ESPBAK_OK)
            status = digest_pair_update(&c->hashes, c->buffer, part, err);
        if (status == ESPBAK_OK)
            status = sector_digests_add(each, c->buffer, part, err);
        at += part;
        c->done += part;
        espbak_report_progress(c->events, "hashing", c->done, c->total);
    }
    return status == ESPBAK_OK ? digest_pair_finish(&c->hashes, sha256, md5, err) : status;
}

/* Says more than "differs" when the contents belong to another file of this backup. */
static espbak_status fail_contents(const check *c, const espbak_region *region, const uint8_t *sha256,
                                   espbak_error *err)
{
    const espbak_manifest *manifest = &c->backup->manifest;
    for (size_t i = 0; i < manifest->region_count; i++) {
        if (memcmp(manifest->regions[i].sha256, sha256, sizeof(manifest->regions[i].sha256)) == 0) {
            espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s holds the contents of %s", region->file,
                        c->backup->path, manifest->regions[i].file);
            return differs(err, region->file);
        }
    }
    espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s is not what was backed up: its hash differs", region->file,
                c->backup->path);
    return differs(err, region->file);
}

static espbak_status check_region(check *c, size_t index, espbak_error *err)
{
    const espbak_region *region = &c->backup->manifest.regions[index];
    file *f = NULL;
    uint64_t size = 0;
    uint8_t sha256[DIGEST_SHA256_SIZE] = {0}, md5[DIGEST_MD5_SIZE] = {0};
    espbak_status status = backup_open_data(c->backup, region, &f, &size, err);
    if (status == ESPBAK_OK && size != region->size) {
        espbak_fail(err, ESPBAK_E_DIFFERS, "%s in the backup %s has %llu bytes instead of %llu", region->file,
                    c->backup->path, (unsigned long long)size, (unsigned long long)region->size);
        status = differs(err, region->file);
    }
    if (status == ESPBAK_OK)
        status = sector_digests_begin(&c->backup->checked[index], size, err);
    if (status == ESPBAK_OK)
        status = hash_file(c, f, c->backup->checked[index], size, sha256, md5, err);
    if (status == ESPBAK_OK && memcmp(sha256, region->sha256, sizeof(sha256)) != 0)
        status = fail_contents(c, region, sha256, err);
    if (status == ESPBAK_OK && memcmp(md5, region->md5, sizeof(md5)) != 0) {
        espbak_fail(err, ESPBAK_E_DIFFERS, "the manifest has a wrong MD5 for %s", region->file);
        status = differs(err, manifest_file_name);
    }
    file_close(f, false);
    return status;
}

static bool is_listed(const check *c, const char *name)
{
    return strcmp(name, sums_file_name) == 0 || sums_find(c->listed, name) != NULL;
}

static espbak_status note_stranger(void *user, const char *name, espbak_error *err)
{
    const check *c = user;
    (void)err;
    if (is_listed(c, name))
        return ESPBAK_OK;
    char shown[256];
    bytes_printable(shown, sizeof(shown), name, strlen(name));
    c->note(c->user, shown);
    return ESPBAK_OK;
}

static espbak_status check_all(check *c, espbak_error *err)
{
    const espbak_manifest *manifest = &c->backup->manifest;
    espbak_status status = load_sums(c, err);
    if (status == ESPBAK_OK)
        status = compare_lists(c, err);
    for (size_t i = 0; i < manifest->region_count; i++)
        c->total += manifest->regions[i].size;
    for (size_t i = 0; i < manifest->region_count && status == ESPBAK_OK; i++)
        status = check_region(c, i, err);
    if (status == ESPBAK_OK && c->note != NULL)
        status = file_list(c->backup->path, note_stranger, c, err);
    return status;
}

espbak_status espbak_backup_check(espbak_backup *backup, espbak_backup_note_fn note, void *user,
                                  const espbak_events *events, espbak_error *err)
{
    check c = {.backup = backup, .events = events, .note = note, .user = user};
    backup_forget_check(backup);
    backup->checked = calloc(backup->manifest.region_count + 1, sizeof(backup->checked[0]));
    c.listed = calloc(1, sizeof(*c.listed));
    c.buffer = malloc(BACKUP_BUFFER_SIZE);
    espbak_status status = ESPBAK_OK;
    if (c.listed == NULL || c.buffer == NULL || backup->checked == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = digest_pair_new(&c.hashes, err);
    if (status == ESPBAK_OK)
        status = check_all(&c, err);
    if (status != ESPBAK_OK)
        backup_forget_check(backup);
    digest_pair_free(&c.hashes);
    free(c.buffer);
    free(c.listed);
    return status;
}
