/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/similar.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "espbak/backup.h"
#include "espbak/flash.h"
#include "ops/pieces/piece.h"

enum {
    BACKUPS_MOST = 6, /* the newest of each application */
    SAMPLES = 8,
    SECTOR = ESPBAK_FLASH_SECTOR,
};

/* Sectors of one backup, and how many of them the device has as well. */
typedef struct samples {
    uint64_t offsets[SAMPLES];
    uint8_t md5[SAMPLES][DIGEST_MD5_SIZE];
    size_t count, asked, taken, same;
} samples;

static bool is_comparable(const espbak_backup_entry *entry, const espbak_device_info *device)
{
    return entry->usable && !entry->partial && device->chip != NULL && strcmp(entry->chip, device->chip->name) == 0 &&
           entry->flash_size == device->flash.size;
}

/* Backups of one application are as good as each other; the newest is looked at. */
static bool was_looked_at(const espbak_backup_entry *entries, const size_t *looked, size_t count, size_t index)
{
    const espbak_backup_entry *entry = &entries[index];
    for (size_t i = 0; i < count; i++) {
        const espbak_backup_entry *other = &entries[looked[i]];
        if (strcmp(other->project, entry->project) == 0 && strcmp(other->version, entry->version) == 0 &&
            strcmp(other->parts, entry->parts) == 0)
            return true;
    }
    return false;
}

/* Numbers of the sectors that the backup has and that are not erased; none where it cannot be read. */
static size_t find_data(const piece_list *pieces, uint64_t offset, uint64_t size, uint32_t *numbers)
{
    uint8_t sector[SECTOR];
    size_t count = 0;
    espbak_error ignored = {0};
    for (uint64_t at = offset; at + SECTOR <= offset + size; at += SECTOR) {
        if (!piece_list_covers(pieces, at, SECTOR))
            continue;
        if (piece_list_read((void *)(uintptr_t)pieces, at, sector, SECTOR, &ignored) != ESPBAK_OK)
            return 0;
        if (!bytes_are_all(sector, SECTOR, 0xFF))
            numbers[count++] = (uint32_t)(at / SECTOR);
    }
    return count;
}

/* Spread over what the backup holds. */
static void choose_samples(samples *s, const piece_list *pieces, uint64_t offset, uint64_t size)
{
    uint32_t *const numbers = calloc((size_t)(size / SECTOR) + 1, sizeof(*numbers));
    const size_t count = numbers != NULL ? find_data(pieces, offset, size, numbers) : 0;
    espbak_error ignored = {0};
    for (size_t i = 0; i < SAMPLES && count >= SAMPLES; i++) {
        const uint64_t at = (uint64_t)numbers[i * count / SAMPLES] * SECTOR;
        if (piece_list_md5(pieces, at, SECTOR, s->md5[s->count], &ignored) == ESPBAK_OK)
            s->offsets[s->count++] = at;
    }
    free(numbers);
}

static espbak_status name_sample(void *user, uint64_t *offset, uint64_t *size, bool *more, espbak_error *err)
{
    samples *s = user;
    (void)err;
    *more = s->asked < s->count;
    if (*more) {
        *offset = s->offsets[s->asked++];
        *size = SECTOR;
    }
    return ESPBAK_OK;
}

static espbak_status take_sample(void *user, uint64_t offset, uint64_t size, const uint8_t md5[16], espbak_error *err)
{
    samples *s = user;
    (void)offset;
    (void)size;
    (void)err;
    s->same += memcmp(md5, s->md5[s->taken++], DIGEST_MD5_SIZE) == 0;
    return ESPBAK_OK;
}

static espbak_status compare(espbak_session *session, const char *path, uint64_t offset, uint64_t size, size_t *same,
                             espbak_error *err)
{
    espbak_backup *backup = NULL;
    piece_list pieces = {0};
    samples s = {.count = 0};
    espbak_error ignored = {0};
    espbak_status status = ESPBAK_OK;
    if (espbak_backup_open(&backup, path, &ignored) == ESPBAK_OK &&
        piece_list_of_backup(&pieces, backup, &ignored) == ESPBAK_OK)
        choose_samples(&s, &pieces, offset, size);
    if (s.count > 0)
        status = espbak_flash_md5_many(session, name_sample, take_sample, &s, err);
    *same = status == ESPBAK_OK && s.same * 2 >= SAMPLES ? s.same : 0;
    piece_list_free(&pieces);
    espbak_backup_close(backup);
    return status;
}

espbak_status similar_find(char **path, espbak_session *session, const char *folder, uint64_t offset, uint64_t size,
                           espbak_error *err)
{
    const espbak_device_info *const device = espbak_session_device(session);
    espbak_backup_entry *entries = NULL;
    espbak_error ignored = {0};
    size_t count = 0, looked[BACKUPS_MOST], looked_count = 0, most = 0, best = 0;
    espbak_status status = ESPBAK_OK;
    *path = NULL;
    if (file_kind_of(folder) != FILE_KIND_FOLDER || espbak_backup_list(folder, &entries, &count, &ignored) != ESPBAK_OK)
        return ESPBAK_OK;
    for (size_t i = 0; i < count && looked_count < BACKUPS_MOST && most < SAMPLES && status == ESPBAK_OK; i++) {
        size_t same = 0;
        if (!is_comparable(&entries[i], device) || was_looked_at(entries, looked, looked_count, i))
            continue;
        looked[looked_count++] = i;
        status = compare(session, entries[i].path, offset, size, &same, err);
        best = same > most ? i : best;
        most = same > most ? same : most;
    }
    if (status == ESPBAK_OK && most > 0)
        *path = bytes_copy_text(entries[best].path);
    espbak_backup_list_free(entries, count);
    return status;
}
