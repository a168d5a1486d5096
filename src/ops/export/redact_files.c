/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of files blanked where they stand. What the library reads to list the file system and to read all of its
 * files stays, and nothing else: removed files and earlier versions lie in what is left. In the end it is read again,
 * through what was blanked: all other files have to be as they were.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "image/files/littlefs_log.h"
#include "image/files/volume.h"
#include "ops/export/redact.h"
#include "ops/files/match.h"

/* Contents of a small file of LittleFS that stay. */
typedef struct small_file {
    uint8_t *bytes;
    size_t size;
} small_file;

typedef struct blanking {
    redaction *r;
    const char *name;      /* of the partition */
    uint64_t offset, size; /* of it */
    espbak_volume *volume;
    espbak_file_list list;
    espbak_findings findings;
    uint8_t (*digests)[DIGEST_SHA256_SIZE]; /* of files that stay */
    bool *meant;                            /* files that are blanked */
    size_t count;                           /* of these */
    uint8_t *blocks;                        /* a byte for each block that has contents of a file */
    small_file *kept;
    size_t kept_count;
    const espbak_file *now; /* that is read */
    bool blanked;           /* it is one of those */
    uint64_t done;          /* bytes of it */
    small_file held;
    digest *hash;
} blanking;

/* ---- which ones ---- */

bool redact_files_meant(const redaction *r, const char *name)
{
    const espbak_export_options *options = r->job->options;
    for (size_t i = 0; i < options->redact_file_count; i++) {
        const char *pattern = options->redact_files[i], *slash = strstr(pattern, ":/");
        const size_t length = slash != NULL ? (size_t)(slash - pattern) : 0;
        if (slash != NULL && (length == 0 || (strlen(name) == length && strncmp(pattern, name, length) == 0)))
            return true;
    }
    return false;
}

static bool is_meant(blanking *b, const espbak_file *entry)
{
    const espbak_export_options *options = b->r->job->options;
    bool meant = false;
    for (size_t i = 0; i < options->redact_file_count && !entry->folder; i++) {
        const char *pattern = options->redact_files[i], *slash = strstr(pattern, ":/");
        const size_t length = (size_t)(slash - pattern);
        if ((length != 0 && (strlen(b->name) != length || strncmp(pattern, b->name, length) != 0)) ||
            !match_path(slash + 1, entry->path))
            continue;
        b->r->patterns_used |= UINT64_C(1) << i;
        meant = true;
    }
    return meant;
}

espbak_status redact_files_check(const redaction *r, bool ended, espbak_error *err)
{
    enum { MOST = 64 };
    const espbak_export_options *options = r->job->options;
    if (options->redact_file_count > MOST)
        return espbak_fail(err, ESPBAK_E_USAGE, "more than %d patterns of files", MOST);
    for (size_t i = 0; i < options->redact_file_count; i++) {
        const char *pattern = options->redact_files[i];
        if (strstr(pattern, ":/") == NULL) {
            espbak_fail(err, ESPBAK_E_USAGE, "%s names no files: it has no partition, or no path", pattern);
            espbak_error_hint(err, "write it as PARTITION:/PATH");
            return ESPBAK_E_USAGE;
        }
        if (ended && (r->patterns_used >> i & 1) == 0) {
            espbak_fail(err, ESPBAK_E_FILE, "there is no file %s to blank", pattern);
            espbak_error_hint(err, "the command files lists what there is");
            return ESPBAK_E_FILE;
        }
    }
    return ESPBAK_OK;
}

/* ---- what they hold ---- */

static espbak_status hold(blanking *b, const uint8_t *data, size_t size, espbak_error *err)
{
    uint8_t *larger = realloc(b->held.bytes, b->held.size + size);
    if (larger == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    memcpy(larger + b->held.size, data, size);
    b->held.bytes = larger;
    b->held.size += size;
    return ESPBAK_OK;
}

static espbak_status take(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    blanking *b = user;
    uint64_t place = 0;
    size_t slack = 0;
    b->done += size;
    if (digest_update(b->hash, data, size, err) != ESPBAK_OK)
        return err->status;
    if (!volume_place(b->volume, &place, &slack))
        return b->blanked ? ESPBAK_OK : hold(b, data, size, err);
    b->blocks[place / espbak_volume_describe(b->volume)->block_size] = 1;
    if (b->blanked && redact_fill(b->r, b->offset + place, size, 'x', err) != ESPBAK_OK)
        return err->status;
    if (b->done < b->now->size || slack == 0)
        return ESPBAK_OK;
    return redact_fill(b->r, b->offset + place + size, slack, 0xFF, err);
}

static espbak_status keep_small(blanking *b, espbak_error *err)
{
    if (b->held.size == 0)
        return ESPBAK_OK;
    small_file *larger = realloc(b->kept, (b->kept_count + 1) * sizeof(*larger));
    if (larger == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    b->kept = larger;
    b->kept[b->kept_count++] = b->held;
    b->held = (small_file){.size = 0};
    return ESPBAK_OK;
}

/* What cannot be read whole stays as far as it can. */
static espbak_status read_file(blanking *b, size_t i, espbak_error *err)
{
    b->now = &b->list.entries[i];
    b->blanked = b->meant[i];
    b->done = 0;
    b->count += b->meant[i];
    espbak_status status = espbak_volume_read(b->volume, b->now, take, b, err);
    if (status == ESPBAK_E_FILE) {
        espbak_error_clear(err);
        status = ESPBAK_OK;
    }
    if (status == ESPBAK_OK)
        status = keep_small(b, err);
    return status == ESPBAK_OK ? digest_finish(b->hash, b->digests[i], err) : status;
}

static espbak_status read_files(blanking *b, espbak_error *err)
{
    const uint32_t block = espbak_volume_describe(b->volume)->block_size;
    b->digests = calloc(b->list.count + 1, sizeof(b->digests[0]));
    b->meant = calloc(b->list.count + 1, sizeof(b->meant[0]));
    b->blocks = calloc((size_t)(b->size / block + 1), 1);
    if (b->digests == NULL || b->meant == NULL || b->blocks == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (b->list.left_out > 0)
        return espbak_fail(err, ESPBAK_E_REFUSED, "%s has more files than can be looked at", b->name);
    for (size_t i = 0; i < b->list.count; i++) {
        b->meant[i] = is_meant(b, &b->list.entries[i]);
        if (!b->list.entries[i].folder && read_file(b, i, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* ---- what is left ---- */

static bool keeps(const void *user, const uint8_t *data, size_t size)
{
    const blanking *b = user;
    for (size_t i = 0; i < b->kept_count; i++) {
        if (b->kept[i].size == size && memcmp(b->kept[i].bytes, data, size) == 0)
            return true;
    }
    return false;
}

static espbak_status fill_unused(blanking *b, uint64_t at, uint64_t end, espbak_error *err)
{
    while (at < end) {
        uint64_t next = at + 1;
        const bool used = volume_uses(b->volume, at);
        while (next < end && volume_uses(b->volume, next) == used)
            next++;
        if (!used && redact_fill(b->r, b->offset + at, next - at, 0xFF, err) != ESPBAK_OK)
            return err->status;
        at = next;
    }
    return ESPBAK_OK;
}

/* Blocks of LittleFS that no file has are logs, or unused. */
static espbak_status clean_blocks(blanking *b, espbak_error *err)
{
    const uint32_t size = espbak_volume_describe(b->volume)->block_size;
    uint8_t *block = malloc(size);
    espbak_status status = block != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    uint64_t at = 0;
    for (; status == ESPBAK_OK && at + size <= b->size; at += size) {
        status = b->r->flash.read(b->r->flash.ctx, b->offset + at, block, size, err);
        if (status == ESPBAK_OK && b->blocks[at / size] == 0 && littlefs_log_blank(block, size, keeps, b))
            status = redact_replace(b->r, b->offset + at, block, size, err);
        else if (status == ESPBAK_OK)
            status = fill_unused(b, at, at + size, err);
    }
    free(block);
    return status == ESPBAK_OK ? fill_unused(b, at, b->size, err) : status;
}

/* ---- whether it is still what it was ---- */

static espbak_status refuse(const blanking *b, const char *path, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_REFUSED, "files of %s cannot be blanked: %s would not be what it was", b->name,
                       path);
}

static espbak_status hash_bytes(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    return digest_update(user, data, size, err);
}

static espbak_status compare_file(const blanking *b, espbak_volume *after, const espbak_file *entry, size_t i,
                                  espbak_error *err)
{
    const espbak_file *was = &b->list.entries[i];
    uint8_t found[DIGEST_SHA256_SIZE];
    if (strcmp(was->path, entry->path) != 0 || was->size != entry->size || was->folder != entry->folder)
        return refuse(b, was->path, err);
    if (was->folder)
        return ESPBAK_OK;
    espbak_status status = espbak_volume_read(after, entry, hash_bytes, b->hash, err);
    if (status == ESPBAK_E_FILE)
        espbak_error_clear(err);
    if (digest_finish(b->hash, found, err) != ESPBAK_OK)
        return err->status;
    if (status != ESPBAK_OK && status != ESPBAK_E_FILE)
        return status;
    return b->meant[i] || memcmp(found, b->digests[i], sizeof(found)) == 0 ? ESPBAK_OK : refuse(b, was->path, err);
}

static espbak_status check(const blanking *b, espbak_error *err)
{
    espbak_volume *after = NULL;
    espbak_file_list list = {.count = 0};
    espbak_status status = espbak_volume_open(&after, &b->r->job->reader, b->offset, b->size, NULL, NULL, err);
    if (status == ESPBAK_OK && after == NULL)
        status = refuse(b, "it", err);
    if (status == ESPBAK_OK)
        status = espbak_volume_list(after, &list, err);
    if (status == ESPBAK_OK && list.count != b->list.count)
        status = refuse(b, "the list of its files", err);
    for (size_t i = 0; i < list.count && status == ESPBAK_OK; i++)
        status = compare_file(b, after, &list.entries[i], i, err);
    espbak_file_list_free(&list);
    espbak_volume_close(after);
    return status;
}

/* ---- a partition ---- */

static espbak_status blank_files(blanking *b, espbak_error *err)
{
    if (digest_new(&b->hash, DIGEST_SHA256, err) != ESPBAK_OK ||
        volume_open_noted(&b->volume, &b->r->flash, b->offset, b->size, &b->findings, err) != ESPBAK_OK)
        return err->status;
    if (b->volume == NULL)
        return espbak_fail(err, ESPBAK_E_REFUSED, "files of %s cannot be blanked: it cannot be read", b->name);
    if (espbak_volume_list(b->volume, &b->list, err) != ESPBAK_OK || read_files(b, err) != ESPBAK_OK)
        return err->status;
    if (b->count == 0)
        return ESPBAK_OK;
    const bool littlefs = strcmp(espbak_volume_describe(b->volume)->name, "LittleFS") == 0;
    if ((littlefs ? clean_blocks(b, err) : fill_unused(b, 0, b->size, err)) != ESPBAK_OK || check(b, err) != ESPBAK_OK)
        return err->status;
    return redact_note(b->r, b->name, b->offset, b->size, "contents of files", b->count, err);
}

espbak_status redact_files(redaction *r, const char *name, uint64_t offset, uint64_t size, espbak_error *err)
{
    blanking b = {.r = r, .name = name, .offset = offset, .size = size};
    const espbak_status status = blank_files(&b, err);
    for (size_t i = 0; i < b.kept_count; i++)
        free(b.kept[i].bytes);
    free(b.kept);
    free(b.held.bytes);
    free(b.blocks);
    free(b.meant);
    free(b.digests);
    digest_free(b.hash);
    espbak_file_list_free(&b.list);
    espbak_volume_close(b.volume);
    espbak_findings_free(&b.findings);
    return status;
}
