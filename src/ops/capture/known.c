/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "espbak/flash.h"
#include "ops/capture/known_index.h"

enum {
    SECTOR = ESPBAK_FLASH_SECTOR,
    SAMPLES_BEGINNING = 16, /* in the first MiB, where bootloader and applications begin */
    SAMPLES = 64,
    BEGINNING = 1024 * 1024,
    WORTH = 16, /* of the samples that hold something at least one in so many has to be in a backup */
};

/* A backup that something was found in. */
typedef struct source {
    size_t entry; /* of the index */
    espbak_backup *backup;
    piece_list pieces;
    uint64_t bytes;
} source;

/* Where a sector stands: the number of the source and one, 0 for nowhere, and the sector in its flash. */
typedef struct place {
    uint32_t source, sector;
} place;

struct known {
    known_index *index;
    source sources[KNOWN_SOURCES_MAX];
    size_t source_count;
    place *places; /* of each sector of the device */
    size_t sectors;
};

/* ---- is it worth it ---- */

typedef struct samples {
    const known_wanted *wanted;
    uint64_t offsets[SAMPLES];
    espbak_flash_digest digests[SAMPLES]; /* of those that hold something which the base does not have */
    size_t count, asked, taken;
} samples;

static void spread(samples *s, uint64_t from, uint64_t size, size_t count)
{
    const uint64_t sectors = size / SECTOR;
    for (size_t i = 0; i < count && sectors >= count; i++)
        s->offsets[s->count++] = from + i * sectors / count * SECTOR;
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

static espbak_status take_sample(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found,
                                 espbak_error *err)
{
    samples *s = user;
    const piece_list *const base = s->wanted->base;
    espbak_error ignored = {0};
    espbak_flash_digest other = {.kind = found->kind};
    if (digest_of_erased(size, &other, err) != ESPBAK_OK)
        return err->status;
    if (memcmp(other.bytes, found->bytes, sizeof(other.bytes)) == 0)
        return ESPBAK_OK;
    if (piece_list_covers(base, offset, size) && piece_list_digest(base, offset, size, &other, &ignored) == ESPBAK_OK &&
        memcmp(other.bytes, found->bytes, sizeof(other.bytes)) == 0)
        return ESPBAK_OK;
    s->digests[s->taken++] = *found;
    return ESPBAK_OK;
}

static espbak_status ask(samples *s, espbak_session *session, const known_wanted *wanted, espbak_error *err)
{
    const uint64_t first = wanted->offset - wanted->offset % SECTOR, end = wanted->offset + wanted->size;
    const uint64_t middle = bytes_min64(first + BEGINNING, end);
    s->wanted = wanted;
    spread(s, first, middle - first, SAMPLES_BEGINNING);
    spread(s, middle, end - middle, SAMPLES - SAMPLES_BEGINNING);
    return s->count > 0 ? espbak_flash_digest_many(session, name_sample, take_sample, s, err) : ESPBAK_OK;
}

static bool is_worth_it(const samples *s, const known_index *index)
{
    size_t found = 0, first, count;
    for (size_t i = 0; i < s->taken; i++)
        found += known_index_find(index, &s->digests[i], SECTOR, &first, &count);
    return found > 0 && found * WORTH >= s->taken;
}

/* Before the chip is asked for anything. */
static bool holds_backups(const char *folder)
{
    espbak_backup_entry *entries = NULL;
    espbak_error ignored = {0};
    size_t count = 0;
    bool found = false;
    if (file_kind_of(folder) != FILE_KIND_FOLDER || espbak_backup_list(folder, &entries, &count, &ignored) != ESPBAK_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        found = found || entries[i].usable;
    espbak_backup_list_free(entries, count);
    return found;
}

static espbak_status look(known *k, espbak_session *session, const known_wanted *wanted, bool *worth, espbak_error *err)
{
    samples s = {.count = 0};
    *worth = false;
    const espbak_status status = ask(&s, session, wanted, err);
    if (status != ESPBAK_OK || s.taken == 0)
        return status;
    const espbak_digest_kind kind = s.digests[0].kind;
    if (wanted->alone && kind != ESPBAK_DIGEST_SHA256)
        return ESPBAK_OK;
    const espbak_device_info *const device = espbak_session_device(session);
    const known_index_wanted index = {.folder = wanted->folder,
                                      .chip = device->chip != NULL ? device->chip->name : "",
                                      .kind = kind,
                                      .cells = device->link.loader != ESPBAK_LOADER_OWN};
    k->sectors = (size_t)(device->flash.size / SECTOR);
    k->places = calloc(k->sectors + 1, sizeof(k->places[0]));
    if (k->places == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (known_index_make(&k->index, &index, err) != ESPBAK_OK)
        return err->status;
    *worth = is_worth_it(&s, k->index);
    return ESPBAK_OK;
}

espbak_status known_open(known **out, espbak_session *session, const known_wanted *wanted, espbak_error *err)
{
    bool worth = false;
    *out = NULL;
    if (!holds_backups(wanted->folder))
        return ESPBAK_OK;
    known *k = calloc(1, sizeof(*k));
    if (k == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = look(k, session, wanted, &worth, err);
    if (status == ESPBAK_OK && worth)
        *out = k;
    else
        known_close(k);
    return status;
}

void known_close(known *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->source_count; i++) {
        piece_list_free(&k->sources[i].pieces);
        espbak_backup_close(k->sources[i].backup);
    }
    known_index_free(k->index);
    free(k->places);
    free(k);
}

/* ---- where something stands ---- */

static source *source_of(known *k, size_t entry)
{
    for (size_t i = 0; i < k->source_count; i++) {
        if (k->sources[i].entry == entry)
            return &k->sources[i];
    }
    return NULL;
}

/* NULL where it cannot be opened, or there are enough. */
static source *open_source(known *k, size_t entry)
{
    espbak_error ignored = {0};
    if (k->source_count == KNOWN_SOURCES_MAX)
        return NULL;
    source *const s = &k->sources[k->source_count];
    *s = (source){.entry = entry};
    if (espbak_backup_open(&s->backup, known_index_path(k->index, entry), &ignored) == ESPBAK_OK &&
        piece_list_of_backup(&s->pieces, s->backup, &ignored) == ESPBAK_OK) {
        k->source_count++;
        return s;
    }
    piece_list_free(&s->pieces);
    espbak_backup_close(s->backup);
    return NULL;
}

/* One that is in use already, so that few backups are named; else the first that can be opened. */
static const known_block *choose(known *k, size_t first, size_t count, source **from)
{
    for (size_t i = first; i < first + count; i++) {
        const known_block *block = known_index_block(k->index, i);
        *from = source_of(k, block->entry);
        if (*from != NULL)
            return block;
    }
    for (size_t i = first; i < first + count; i++) {
        const known_block *block = known_index_block(k->index, i);
        *from = open_source(k, block->entry);
        if (*from != NULL)
            return block;
    }
    return NULL;
}

bool known_find(known *k, uint64_t offset, uint64_t size, const espbak_flash_digest *found)
{
    size_t first = 0, count = 0;
    source *from = NULL;
    const size_t at = (size_t)(offset / SECTOR);
    if (offset % SECTOR != 0 || at + size / SECTOR > k->sectors ||
        !known_index_find(k->index, found, size, &first, &count))
        return false;
    const known_block *block = choose(k, first, count, &from);
    for (size_t i = 0; block != NULL && i < size / SECTOR; i++)
        k->places[at + i] = (place){(uint32_t)(from - k->sources) + 1, (uint32_t)(block->sector + i)};
    return block != NULL;
}

const piece_list *known_place(const known *k, uint64_t offset, uint64_t size, uint64_t *at, uint64_t *run)
{
    const size_t first = (size_t)(offset / SECTOR);
    size_t end = first + 1;
    if (first >= k->sectors) {
        *run = size;
        return NULL;
    }
    const place p = k->places[first];
    while (end < k->sectors && end * (uint64_t)SECTOR < offset + size && k->places[end].source == p.source &&
           (p.source == 0 || k->places[end].sector == p.sector + (end - first)))
        end++;
    *at = p.sector * (uint64_t)SECTOR + offset % SECTOR;
    *run = bytes_min64(end * (uint64_t)SECTOR - offset, size);
    return p.source != 0 ? &k->sources[p.source - 1].pieces : NULL;
}

void known_count(known *k, uint64_t offset, uint64_t size)
{
    for (uint64_t done = 0, at, run; done < size; done += run) {
        if (known_place(k, offset + done, size - done, &at, &run) != NULL)
            k->sources[k->places[(offset + done) / SECTOR].source - 1].bytes += run;
    }
}

const char *known_source(const known *k, size_t index, uint64_t *bytes)
{
    if (index >= k->source_count)
        return NULL;
    *bytes = k->sources[index].bytes;
    return espbak_backup_path(k->sources[index].backup);
}
