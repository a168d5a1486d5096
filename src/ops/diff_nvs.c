/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/events.h"
#include "ops/content/nvs_key.h"
#include "ops/diff.h"

typedef struct key_list {
    espbak_diff_result *result;
    const espbak_partition *partition;
    const espbak_diff_options *options;
} key_list;

static espbak_status note_key(void *user, espbak_nvs_change change, const espbak_nvs_item *before,
                              const espbak_nvs_item *after, espbak_error *err)
{
    key_list *list = user;
    espbak_diff_result *result = list->result;
    espbak_diff_key *grown = realloc(result->keys, (result->key_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    result->keys = grown;
    espbak_diff_key *key = &grown[result->key_count++];
    snprintf(key->partition, sizeof(key->partition), "%s", list->partition->label);
    key->change = change;
    key->item = after != NULL ? *after : *before;
    return ESPBAK_OK;
}

bool diff_side_holds(const diff_side *side, const espbak_partition *entry)
{
    if (entry->outside || (uint64_t)entry->offset + entry->size > side->reader.size)
        return false;
    return side->source == NULL || flash_source_holds(side->source, entry->offset, entry->size);
}

static espbak_status open_side(espbak_nvs **out, const key_list *list, const diff_side *side,
                               const espbak_partition *entry, espbak_error *err)
{
    const nvs_place place = {&side->reader, &side->contents->boot.table, list->options->keys};
    if (nvs_key_open(out, &place, entry->offset, entry->size, NULL, NULL, err) != ESPBAK_OK)
        return err->status;
    const espbak_nvs_summary *about = espbak_nvs_summarise(*out);
    if (about->encrypted && !about->decrypted)
        espbak_log(list->options->session.events, ESPBAK_LOG_WARNING,
                   "%s is encrypted, and without its key its keys and values cannot be compared", entry->label);
    return ESPBAK_OK;
}

static espbak_status compare(key_list *list, const diff_side *a, const diff_side *b, const espbak_partition *other,
                             espbak_error *err)
{
    const espbak_partition *entry = list->partition;
    espbak_nvs *before = NULL, *after = NULL;
    espbak_status status = open_side(&before, list, a, entry, err);
    if (status == ESPBAK_OK)
        status = open_side(&after, list, b, other, err);
    if (status == ESPBAK_OK && nvs_key_is_readable(before) && nvs_key_is_readable(after))
        status = espbak_nvs_compare(before, after, note_key, list, err);
    espbak_nvs_free(before);
    espbak_nvs_free(after);
    return status;
}

static bool part_differs(espbak_diff_result *result, const espbak_partition *entry)
{
    return diff_parts_find(result, entry->offset)->sectors > 0;
}

espbak_status diff_nvs(espbak_diff_result *result, const espbak_diff_options *options, const diff_side *a,
                       const diff_side *b, espbak_error *err)
{
    const espbak_partition_table *table = &a->contents->boot.table;
    if (options->keys == NULL && (a->contents->ciphertext == ESPBAK_YES || b->contents->ciphertext == ESPBAK_YES))
        return ESPBAK_OK;
    for (size_t i = 0; a->contents->boot.table_found && i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        const espbak_partition *other = espbak_partition_find(&b->contents->boot.table, entry->label);
        key_list list = {result, entry, options};
        if (entry->type != ESPBAK_PARTITION_DATA || entry->subtype != ESPBAK_DATA_NVS || other == NULL ||
            !part_differs(result, entry) || !diff_side_holds(a, entry) || !diff_side_holds(b, other))
            continue;
        if (compare(&list, a, b, other, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "keys of %s", entry->label);
    }
    return ESPBAK_OK;
}
