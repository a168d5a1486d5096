/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/nvs/edit_partition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/events.h"
#include "ops/content/nvs_key.h"

enum { SIZE_MOST = 8 * 1024 * 1024 };

static bool is_nvs(const flash_source *source, const espbak_partition *entry)
{
    return entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS && !entry->outside &&
           flash_source_holds(source, entry->offset, entry->size);
}

static espbak_status fail_choice(size_t found, const char *names, espbak_error *err)
{
    if (found == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "the backup holds no partition of NVS");
    espbak_fail(err, ESPBAK_E_USAGE, "the backup holds %zu partitions of NVS, and none is called nvs", found);
    espbak_error_hint(err, "choose one with --partition: %s", names);
    return ESPBAK_E_USAGE;
}

/* Programs open the one that is called nvs where they name none. */
static espbak_status choose(edited_partition *out, const flash_source *source, const char *wanted, espbak_error *err)
{
    const espbak_partition_table *table = &source->contents->boot.table;
    const espbak_partition *only = NULL;
    char names[256] = "";
    size_t found = 0;
    for (size_t i = 0; source->contents->boot.table_found && i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (!is_nvs(source, entry))
            continue;
        if (strcmp(entry->label, wanted != NULL ? wanted : "nvs") == 0) {
            out->entry = entry;
            return ESPBAK_OK;
        }
        only = entry;
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", found++ > 0 ? ", " : "", entry->label);
    }
    if (wanted != NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "the backup holds no partition of NVS called %s", wanted);
    out->entry = only;
    return found == 1 ? ESPBAK_OK : fail_choice(found, names, err);
}

static espbak_status check_whole(const edited_partition *out, const flash_source *source, espbak_error *err)
{
    const espbak_manifest *manifest = espbak_backup_manifest(source->backup);
    const espbak_partition *entry = out->entry;
    for (size_t i = 0; i < manifest->region_count; i++) {
        for (size_t k = 0; k < manifest->regions[i].unreadable_count; k++) {
            const espbak_hole *hole = &manifest->regions[i].unreadable[k];
            if (hole->offset < (uint64_t)entry->offset + entry->size && entry->offset < hole->offset + hole->size)
                return espbak_fail(err, ESPBAK_E_FILE, "not all of %s could be read when the backup was made",
                                   entry->label);
        }
    }
    if (entry->size > SIZE_MOST)
        return espbak_fail(err, ESPBAK_E_FILE, "%s has %lu bytes, and at most %d can be changed", entry->label,
                           (unsigned long)entry->size, SIZE_MOST);
    return ESPBAK_OK;
}

static espbak_status check_nvs(const edited_partition *out, const espbak_nvs *nvs, espbak_error *err)
{
    const espbak_nvs_summary *about = espbak_nvs_summarise(nvs);
    if (!about->recognised)
        return espbak_fail(err, ESPBAK_E_FILE, "%s is not in the format of NVS", out->entry->label);
    if (about->encrypted && !about->decrypted) {
        espbak_fail(err, ESPBAK_E_FILE, "%s is encrypted, and its key is not known", out->entry->label);
        espbak_error_hint(err, "give a file with its key with --keys");
        return ESPBAK_E_FILE;
    }
    return ESPBAK_OK;
}

static espbak_status apply(edited_partition *out, const espbak_nvs_edit_options *options, const espbak_nvs_key *key,
                           espbak_error *err)
{
    espbak_nvs_edit *edit = NULL;
    espbak_status status = espbak_nvs_edit_open(&edit, out->bytes, out->entry->size, key, err);
    for (size_t i = 0; status == ESPBAK_OK && i < options->count; i++)
        status = espbak_nvs_edit_apply(edit, &options->settings[i], err);
    espbak_nvs_edit_free(edit);
    return status;
}

static espbak_status read_edited(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const edited_partition *edited = ctx;
    (void)err;
    memcpy(buffer, edited->bytes + offset, size);
    return ESPBAK_OK;
}

typedef struct difference {
    edited_partition *out;
    const espbak_nvs_edit_options *options;
} difference;

static espbak_status note_change(void *user, espbak_nvs_change change, const espbak_nvs_item *before,
                                 const espbak_nvs_item *after, espbak_error *err)
{
    const difference *d = user;
    const espbak_nvs_item *item = after != NULL ? after : before;
    bool wanted = false;
    for (size_t i = 0; i < d->options->count && !wanted; i++)
        wanted = strcmp(d->options->settings[i].space, item->space) == 0 &&
                 strcmp(d->options->settings[i].key, item->key) == 0;
    if (!wanted)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "%s.%s would change too", item->space, item->key);
    espbak_manifest_edit *grown = realloc(d->out->edits, (d->out->edit_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    d->out->edits = grown;
    espbak_manifest_edit *edit = &grown[d->out->edit_count++];
    *edit = (espbak_manifest_edit){.partition = ""};
    snprintf(edit->partition, sizeof(edit->partition), "%s", d->out->entry->label);
    memcpy(edit->space, item->space, sizeof(edit->space));
    memcpy(edit->key, item->key, sizeof(edit->key));
    snprintf(edit->type, sizeof(edit->type), "%s", espbak_nvs_type_name(item->type));
    snprintf(edit->change, sizeof(edit->change), "%s", espbak_nvs_change_name(change));
    return ESPBAK_OK;
}

/* The result is read as any NVS is, and compared with what it was made of. */
static espbak_status prove(edited_partition *out, const espbak_nvs_edit_options *options, const espbak_nvs *before,
                           const espbak_nvs_key *key, espbak_error *err)
{
    const espbak_image_reader reader = {.read = read_edited, .ctx = out, .size = out->entry->size};
    difference d = {out, options};
    espbak_nvs *after = NULL;
    espbak_status status = espbak_nvs_open(&after, &reader, 0, out->entry->size, key, NULL, err);
    if (status == ESPBAK_OK)
        status = espbak_nvs_compare(before, after, note_change, &d, err);
    if (status == ESPBAK_OK && out->edit_count == 0)
        status = espbak_fail(err, ESPBAK_E_USAGE, "nothing would change: the backup has these settings already");
    espbak_nvs_free(after);
    return status;
}

static espbak_status change(edited_partition *out, flash_source *source, const espbak_nvs_edit_options *options,
                            espbak_error *err)
{
    const nvs_place place = {&source->reader, &source->contents->boot.table, options->keys};
    espbak_nvs_key key;
    espbak_findings findings = {0};
    espbak_nvs *before = NULL;
    espbak_status status = nvs_key_open(&before, &place, out->entry->offset, out->entry->size, &key, &findings, err);
    for (size_t i = 0; i < findings.count; i++) {
        if (findings.entries[i].severity != ESPBAK_FINDING_NOTE)
            espbak_log(options->events, ESPBAK_LOG_WARNING, "%s", findings.entries[i].text);
    }
    if (status == ESPBAK_OK)
        status = check_nvs(out, before, err);
    if (status == ESPBAK_OK) {
        const espbak_nvs_key *used = espbak_nvs_summarise(before)->encrypted ? &key : NULL;
        status = apply(out, options, used, err);
        if (status == ESPBAK_OK)
            status = prove(out, options, before, used, err);
    }
    espbak_nvs_free(before);
    espbak_findings_free(&findings);
    return status;
}

espbak_status edit_partition(edited_partition *out, flash_source *source, const espbak_nvs_edit_options *options,
                             espbak_error *err)
{
    if (source->contents->ciphertext == ESPBAK_YES && options->keys == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "no settings can be changed: the flash is encrypted");
    if (choose(out, source, options->partition, err) != ESPBAK_OK || check_whole(out, source, err) != ESPBAK_OK)
        return err->status;
    out->bytes = malloc(out->entry->size + 1);
    if (out->bytes == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (source->reader.read(source->reader.ctx, out->entry->offset, out->bytes, out->entry->size, err) != ESPBAK_OK)
        return err->status;
    return change(out, source, options, err);
}

void edit_partition_free(edited_partition *edited)
{
    free(edited->bytes);
    free(edited->edits);
    *edited = (edited_partition){.entry = NULL};
}
