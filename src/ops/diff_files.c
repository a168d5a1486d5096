/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "base/digest.h"
#include "espbak/flash.h"
#include "ops/diff.h"

/* Two file systems in one partition. */
typedef struct volume_pair {
    espbak_diff_result *result;
    const espbak_partition *partition;
    const espbak_cancel *cancel;
    espbak_volume *before, *after;
    espbak_file_list old, new;
} volume_pair;

/* The second flash, where only what differs is read of it: all else is as in the first. */
typedef struct mixed_reader {
    const diff_side *a, *b;
    const difference_list *differences;
} mixed_reader;

static bool differs_at(const difference_list *list, uint64_t at)
{
    for (size_t i = 0; i < list->count; i++) {
        if (at >= list->ranges[i].offset && at - list->ranges[i].offset < list->ranges[i].size)
            return true;
    }
    return false;
}

static espbak_status read_mixed(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const mixed_reader *mixed = ctx;
    uint8_t *out = buffer;
    while (size > 0) {
        const size_t part = (size_t)bytes_min64(size, ESPBAK_FLASH_SECTOR - offset % ESPBAK_FLASH_SECTOR);
        const espbak_image_reader *from =
            differs_at(mixed->differences, offset) ? &mixed->b->reader : &mixed->a->reader;
        if (from->read(from->ctx, offset, out, part, err) != ESPBAK_OK)
            return err->status;
        out += part;
        offset += part;
        size -= part;
    }
    return ESPBAK_OK;
}

/* `entry` is the later one where there are two. */
static espbak_status note(volume_pair *pair, espbak_nvs_change change, const espbak_file *entry, uint64_t size_before,
                          espbak_error *err)
{
    espbak_diff_result *result = pair->result;
    espbak_diff_file *grown = realloc(result->files, (result->file_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    result->files = grown;
    espbak_diff_file *made = &grown[result->file_count];
    *made = (espbak_diff_file){
        .change = change,
        .path = bytes_copy_text(entry->path),
        .folder = entry->folder,
        .size_before = size_before,
        .size_after = change == ESPBAK_NVS_REMOVED ? 0 : entry->size,
    };
    if (made->path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(made->partition, sizeof(made->partition), "%s", pair->partition->label);
    result->file_count++;
    return ESPBAK_OK;
}

static espbak_status add_to_digest(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    return digest_update(user, data, size, err);
}

/* What cannot be read whole has a digest of its beginning, and is not `whole`. */
static espbak_status hash_file(espbak_volume *volume, const espbak_file *entry, uint8_t hash[DIGEST_SHA256_SIZE],
                               bool *whole, espbak_error *err)
{
    digest *sum = NULL;
    espbak_error why = {0};
    if (digest_new(&sum, DIGEST_SHA256, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = espbak_volume_read(volume, entry, add_to_digest, sum, &why);
    *whole = status == ESPBAK_OK;
    if (*whole || status == ESPBAK_E_FILE)
        status = digest_finish(sum, hash, err);
    else
        *err = why;
    digest_free(sum);
    return status;
}

static espbak_status compare_contents(volume_pair *pair, const espbak_file *before, const espbak_file *after,
                                      espbak_error *err)
{
    uint8_t hashes[2][DIGEST_SHA256_SIZE];
    bool whole[2] = {true, true};
    bool same = before->folder == after->folder && before->size == after->size;
    if (same && !before->folder) {
        if (cancel_check(pair->cancel, err) != ESPBAK_OK ||
            hash_file(pair->before, before, hashes[0], &whole[0], err) != ESPBAK_OK ||
            hash_file(pair->after, after, hashes[1], &whole[1], err) != ESPBAK_OK)
            return err->status;
        same = whole[0] == whole[1] && memcmp(hashes[0], hashes[1], sizeof(hashes[0])) == 0;
    }
    return same ? ESPBAK_OK : note(pair, ESPBAK_NVS_CHANGED, after, before->size, err);
}

/* Both lists are sorted by path. */
static espbak_status compare_lists(volume_pair *pair, espbak_error *err)
{
    size_t i = 0, k = 0;
    espbak_status status = ESPBAK_OK;
    while (status == ESPBAK_OK && (i < pair->old.count || k < pair->new.count)) {
        const espbak_file *old = pair->old.entries, *new = pair->new.entries;
        const int order = i == pair->old.count ? 1 : k == pair->new.count ? -1 : strcmp(old[i].path, new[k].path);
        if (order < 0)
            status = note(pair, ESPBAK_NVS_REMOVED, &old[i], old[i].size, err);
        else if (order > 0)
            status = note(pair, ESPBAK_NVS_ADDED, &new[k], 0, err);
        else
            status = compare_contents(pair, &old[i], &new[k], err);
        i += order <= 0;
        k += order >= 0;
    }
    return status;
}

static espbak_status compare(volume_pair *pair, const espbak_image_reader *a, const espbak_image_reader *b,
                             const espbak_partition *other, espbak_error *err)
{
    const espbak_partition *entry = pair->partition;
    espbak_status status = espbak_volume_open(&pair->before, a, entry->offset, entry->size, NULL, NULL, err);
    if (status == ESPBAK_OK && pair->before != NULL)
        status = espbak_volume_open(&pair->after, b, other->offset, other->size, NULL, NULL, err);
    if (status == ESPBAK_OK && pair->before != NULL && pair->after != NULL) {
        status = espbak_volume_list(pair->before, &pair->old, err);
        if (status == ESPBAK_OK)
            status = espbak_volume_list(pair->after, &pair->new, err);
        if (status == ESPBAK_OK)
            status = compare_lists(pair, err);
    }
    espbak_file_list_free(&pair->old);
    espbak_file_list_free(&pair->new);
    espbak_volume_close(pair->before);
    espbak_volume_close(pair->after);
    return status;
}

espbak_status diff_files(espbak_diff_result *result, const diff_side *a, const diff_side *b,
                         const difference_list *differences, const espbak_cancel *cancel, espbak_error *err)
{
    const espbak_partition_table *table = &a->contents->boot.table;
    mixed_reader mixed = {a, b, differences};
    const espbak_image_reader partly = {.read = read_mixed, .ctx = &mixed, .size = b->reader.size};
    if (a->contents->ciphertext == ESPBAK_YES || b->contents->ciphertext == ESPBAK_YES)
        return ESPBAK_OK;
    for (size_t i = 0; a->contents->boot.table_found && i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        const espbak_partition *other = espbak_partition_find(&b->contents->boot.table, entry->label);
        volume_pair pair = {.result = result, .partition = entry, .cancel = cancel};
        if (entry->type != ESPBAK_PARTITION_DATA || other == NULL ||
            diff_parts_find(result, entry->offset)->sectors == 0 || !diff_side_holds(a, entry) ||
            !diff_side_holds(b, other))
            continue;
        const bool in_place = other->offset == entry->offset && other->size == entry->size;
        const espbak_image_reader *second = differences != NULL && in_place ? &partly : &b->reader;
        if (compare(&pair, &a->reader, second, other, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "files of %s", entry->label);
    }
    return ESPBAK_OK;
}
