/* SPDX-License-Identifier: Apache-2.0 */
/* From entries to keys: blobs are put together, and of several entries with one key the last one counts. */
#include <stdlib.h>
#include <string.h>

#include "image/nvs/nvs_parts.h"

static bool same_key(const nvs_entry *a, const nvs_entry *b)
{
    return strcmp(a->space, b->space) == 0 && strcmp(a->key, b->key) == 0;
}

/* Entries are sorted, so the pieces follow what has their key; the last of several with one number counts. */
const nvs_entry *nvs_find_piece(const espbak_nvs *nvs, const nvs_entry *index, unsigned chunk)
{
    const nvs_entry *found = NULL;
    const nvs_entry *const end = nvs->entries + nvs->entry_count;
    for (const nvs_entry *entry = index + 1; entry < end && same_key(entry, index); entry++) {
        if (entry->type == ESPBAK_NVS_BLOB_DATA && entry->chunk == chunk)
            found = entry;
    }
    return found;
}

/* The sum of its pieces, which is what can be read. */
static void take_blob(const espbak_nvs *nvs, espbak_nvs_item *item, const nvs_entry *index, espbak_findings *findings)
{
    uint64_t size = 0;
    item->pieces = index->chunk_count;
    for (unsigned i = 0; i < index->chunk_count; i++) {
        const nvs_entry *piece = nvs_find_piece(nvs, index, index->first_chunk + i);
        if (piece == NULL)
            espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "piece %u of the blob %s in %s is missing", i + 1,
                                item->key, item->space);
        item->intact = item->intact && piece != NULL && piece->intact;
        size += piece != NULL ? piece->size : 0;
    }
    if (item->intact && size != index->size)
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the blob %s in %s has %llu bytes instead of %lu",
                            item->key, item->space, (unsigned long long)size, (unsigned long)index->size);
    item->intact = item->intact && size == index->size;
    item->size = (uint32_t)size; /* at most 255 pieces of less than a page */
}

static void take_item(espbak_nvs *nvs, size_t at, espbak_findings *findings)
{
    const nvs_entry *entry = &nvs->entries[at];
    espbak_nvs_item *item = &nvs->items[nvs->summary.items++];
    *item = (espbak_nvs_item){.type = entry->type, .size = entry->size, .intact = entry->intact, .at = at};
    memcpy(item->space, entry->space, sizeof(item->space));
    memcpy(item->key, entry->key, sizeof(item->key));
    if (entry->type == ESPBAK_NVS_BLOB_INDEX)
        take_blob(nvs, item, entry, findings);
}

static bool is_last_of_key(const espbak_nvs *nvs, size_t at)
{
    const nvs_entry *next = &nvs->entries[at + 1];
    return at + 1 == nvs->entry_count || next->type == ESPBAK_NVS_BLOB_DATA || !same_key(next, &nvs->entries[at]);
}

static void take_key(espbak_nvs *nvs, size_t at, espbak_findings *findings)
{
    const nvs_entry *entry = &nvs->entries[at];
    const bool first = at == 0 || !same_key(entry, entry - 1);
    if (at == 0 || strcmp(entry->space, entry[-1].space) != 0)
        nvs->summary.spaces++;
    if (entry->type == ESPBAK_NVS_BLOB_DATA) {
        if (first)
            espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "a piece of the blob %s in %s belongs to nothing",
                                entry->key, entry->space);
    } else if (is_last_of_key(nvs, at)) {
        take_item(nvs, at, findings);
    } else {
        nvs->summary.stale++;
    }
}

espbak_status nvs_make_items(espbak_nvs *nvs, espbak_findings *findings, espbak_error *err)
{
    if (nvs->entry_count == 0)
        return ESPBAK_OK;
    nvs->items = calloc(nvs->entry_count, sizeof(nvs->items[0]));
    if (nvs->items == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory for %zu items of NVS", nvs->entry_count);
    for (size_t i = 0; i < nvs->entry_count; i++)
        take_key(nvs, i, findings);
    if (nvs->summary.stale > 0)
        espbak_findings_add(findings, ESPBAK_FINDING_NOTE, "%zu items of NVS were replaced but not yet erased",
                            nvs->summary.stale);
    return ESPBAK_OK;
}
