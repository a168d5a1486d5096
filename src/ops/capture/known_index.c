/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/known_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/backup.h"
#include "ops/pieces/piece.h"

enum {
    SECTOR = ESPBAK_FLASH_SECTOR,
    CELL = 64 * 1024,
    BYTES_MOST = 256 * 1024 * 1024, /* of all backups together */
    REGIONS_MOST = 512,
};

struct known_index {
    espbak_backup_entry *entries;
    size_t entry_count;
    known_block *blocks; /* sorted */
    size_t count, capacity;
    espbak_digest_kind kind;
};

typedef struct building {
    known_index *index;
    const known_index_wanted *wanted;
    digest *hash, *cell_hash;
    uint8_t (*regions)[DIGEST_SHA256_SIZE]; /* those that are in: the same file counts once */
    size_t region_count;
    uint64_t left;
    uint8_t *buffer;
    bool full; /* out of memory */
} building;

/* ---- one backup ---- */

static bool add_block(building *b, digest *hash, size_t entry, uint64_t offset, bool cell)
{
    known_index *const index = b->index;
    espbak_flash_digest made = {.kind = b->wanted->kind};
    espbak_error ignored = {0};
    if (digest_finish_short(hash, &made, &ignored) != ESPBAK_OK)
        return false;
    if (index->count == index->capacity) {
        const size_t capacity = index->capacity * 2 + 1024;
        known_block *grown = realloc(index->blocks, capacity * sizeof(*grown));
        if (grown == NULL)
            return false;
        index->blocks = grown;
        index->capacity = capacity;
    }
    known_block *const block = &index->blocks[index->count++];
    *block = (known_block){.entry = (uint32_t)entry, .sector = (uint32_t)(offset / SECTOR), .cell = cell};
    memcpy(block->digest, made.bytes, sizeof(block->digest));
    return true;
}

/* Up to 64 KiB, from `offset` in the flash on. What is erased is known anyway. */
static bool add_bytes(building *b, size_t entry, uint64_t offset, size_t size)
{
    espbak_error ignored = {0};
    const bool cell = b->wanted->cells && size == CELL && !bytes_are_all(b->buffer, size, 0xFF);
    for (size_t at = 0; at + SECTOR <= size; at += SECTOR) {
        if (bytes_are_all(b->buffer + at, SECTOR, 0xFF))
            continue;
        if (digest_update(b->hash, b->buffer + at, SECTOR, &ignored) != ESPBAK_OK ||
            !add_block(b, b->hash, entry, offset + at, false))
            return false;
    }
    return !cell || (digest_update(b->cell_hash, b->buffer, size, &ignored) == ESPBAK_OK &&
                     add_block(b, b->cell_hash, entry, offset, true));
}

static void add_piece(building *b, const piece_list *list, const piece *item, size_t entry)
{
    espbak_error ignored = {0};
    const uint64_t end = item->offset + item->size;
    for (uint64_t at = item->offset, size; at < end && b->left > 0 && !b->full; at += size) {
        size = bytes_min64(CELL - at % CELL, end - at);
        if (piece_list_read((void *)(uintptr_t)list, at, b->buffer, (size_t)size, &ignored) != ESPBAK_OK)
            return;
        b->full = !add_bytes(b, entry, at, (size_t)size);
        b->left -= bytes_min64(size, b->left);
    }
}

static bool is_new(building *b, const uint8_t sha256[DIGEST_SHA256_SIZE])
{
    for (size_t i = 0; i < b->region_count; i++) {
        if (memcmp(b->regions[i], sha256, DIGEST_SHA256_SIZE) == 0)
            return false;
    }
    if (b->region_count < REGIONS_MOST)
        memcpy(b->regions[b->region_count++], sha256, DIGEST_SHA256_SIZE);
    return true;
}

/* Pieces of one region follow each other. */
static void add_backup(building *b, size_t entry)
{
    espbak_backup *backup = NULL;
    piece_list pieces = {0};
    espbak_error ignored = {0};
    if (espbak_backup_open(&backup, b->index->entries[entry].path, &ignored) == ESPBAK_OK &&
        piece_list_of_backup(&pieces, backup, &ignored) == ESPBAK_OK) {
        const espbak_manifest *const manifest = espbak_backup_manifest(backup);
        bool fresh = true;
        for (size_t i = 0; i < pieces.count; i++) {
            const piece *const item = &pieces.items[i];
            if (i == 0 || item->region != pieces.items[i - 1].region)
                fresh = is_new(b, manifest->regions[item->region].sha256);
            if (fresh)
                add_piece(b, &pieces, item, entry);
        }
    }
    piece_list_free(&pieces);
    espbak_backup_close(backup);
}

/* ---- all of them ---- */

static bool is_same_app(const espbak_backup_entry *a, const espbak_backup_entry *b)
{
    return strcmp(a->chip, b->chip) == 0 && strcmp(a->project, b->project) == 0 &&
           strcmp(a->version, b->version) == 0 && strcmp(a->parts, b->parts) == 0;
}

/* 0 for what probably holds most of the device, then 1 to 3. */
static unsigned rank_of(const building *b, size_t entry)
{
    const espbak_backup_entry *const entries = b->index->entries;
    unsigned rank = strcmp(entries[entry].chip, b->wanted->chip) == 0 ? 0 : 2;
    for (size_t i = 0; i < entry; i++) {
        if (entries[i].usable && is_same_app(&entries[i], &entries[entry]))
            return rank + 1;
    }
    return rank;
}

static void add_all(building *b)
{
    for (unsigned rank = 0; rank < 4; rank++) {
        for (size_t i = 0; i < b->index->entry_count && b->left > 0 && !b->full; i++) {
            const espbak_backup_entry *const entry = &b->index->entries[i];
            if (entry->usable && !entry->partial && rank_of(b, i) == rank)
                add_backup(b, i);
        }
    }
}

/* Of equal ones that of the newest backup comes first. */
static int by_digest(const void *a, const void *b)
{
    const known_block *x = a, *y = b;
    const int order = memcmp(x->digest, y->digest, sizeof(x->digest));
    if (order != 0)
        return order;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    return x->sector < y->sector ? -1 : x->sector > y->sector;
}

/* What the array has grown beyond its needs is given back: each of many devices has one. */
static void arrange(known_index *index)
{
    if (index->count == 0)
        return;
    qsort(index->blocks, index->count, sizeof(index->blocks[0]), by_digest);
    known_block *shrunk = realloc(index->blocks, index->count * sizeof(*shrunk));
    if (shrunk == NULL)
        return;
    index->blocks = shrunk;
    index->capacity = index->count;
}

espbak_status known_index_make(known_index **out, const known_index_wanted *wanted, espbak_error *err)
{
    espbak_error ignored = {0};
    building b = {.wanted = wanted, .left = BYTES_MOST, .buffer = malloc(CELL)};
    b.regions = calloc(REGIONS_MOST, sizeof(b.regions[0]));
    *out = b.index = calloc(1, sizeof(*b.index));
    espbak_status status = ESPBAK_OK;
    if (b.buffer == NULL || b.regions == NULL || b.index == NULL)
        status = espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK) {
        b.index->kind = wanted->kind;
        status = digest_new(&b.hash, (digest_kind)wanted->kind, err);
    }
    if (status == ESPBAK_OK)
        status = digest_new(&b.cell_hash, (digest_kind)wanted->kind, err);
    if (status == ESPBAK_OK &&
        espbak_backup_list(wanted->folder, &b.index->entries, &b.index->entry_count, &ignored) == ESPBAK_OK)
        add_all(&b);
    if (status == ESPBAK_OK)
        arrange(b.index);
    digest_free(b.hash);
    digest_free(b.cell_hash);
    free(b.regions);
    free(b.buffer);
    return status;
}

void known_index_free(known_index *index)
{
    if (index == NULL)
        return;
    espbak_backup_list_free(index->entries, index->entry_count);
    free(index->blocks);
    free(index);
}

/* ---- looking up ---- */

/* The first block whose digest is not below this one. */
static size_t lower_bound(const known_index *index, const uint8_t wanted[16])
{
    size_t from = 0, to = index->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (memcmp(index->blocks[middle].digest, wanted, 16) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool known_index_find(const known_index *index, const espbak_flash_digest *found, uint64_t size, size_t *first,
                      size_t *count)
{
    const bool cell = size == CELL, sized = (cell || size == SECTOR) && found->kind == index->kind;
    *first = lower_bound(index, found->bytes);
    size_t end = *first;
    while (sized && end < index->count && index->blocks[end].cell == cell &&
           memcmp(index->blocks[end].digest, found->bytes, sizeof(found->bytes)) == 0)
        end++;
    *count = end - *first;
    return *count > 0;
}

const known_block *known_index_block(const known_index *index, size_t number)
{
    return &index->blocks[number];
}

const char *known_index_path(const known_index *index, size_t entry)
{
    return index->entries[entry].path;
}
