/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "store/backup_internal.h"
#include "store/backup_name.h"
#include "store/journal.h"
#include "store/sums.h"

typedef struct listing {
    const char *folder;
    espbak_backup_entry *entries;
    size_t count, room;
} listing;

static espbak_backup_entry *new_entry(listing *l)
{
    if (l->count == l->room) {
        const size_t room = l->room == 0 ? 16 : 2 * l->room;
        espbak_backup_entry *grown = realloc(l->entries, room * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        l->entries = grown;
        l->room = room;
    }
    espbak_backup_entry *entry = &l->entries[l->count++];
    *entry = (espbak_backup_entry){0};
    return entry;
}

static void format_mac(char out[18], const espbak_manifest *manifest)
{
    const uint8_t *m = manifest->mac;
    if (manifest->mac_known)
        snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void add_name(char *list, size_t size, const char *name)
{
    const size_t used = strlen(list);
    if (name[0] != '\0')
        snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

static void add_part(espbak_backup_entry *entry, const char *name, bool whole)
{
    if (!whole || strcmp(name, "flash") != 0)
        add_name(entry->parts, sizeof(entry->parts), name);
}

static void note_app(espbak_backup_entry *entry, const espbak_manifest *manifest)
{
    for (size_t i = 0; i < manifest->app_count; i++) {
        if (!manifest->apps[i].active)
            continue;
        snprintf(entry->project, sizeof(entry->project), "%s", manifest->apps[i].project);
        snprintf(entry->version, sizeof(entry->version), "%s", manifest->apps[i].version);
    }
}

static void fill_sealed(espbak_backup_entry *entry, const char *path)
{
    espbak_manifest manifest;
    uint8_t sha256[32];
    espbak_error why = {0};
    if (backup_load_manifest(path, &manifest, sha256, &why) != ESPBAK_OK) {
        bytes_printable(entry->problem, sizeof(entry->problem), why.message, strlen(why.message));
        return;
    }
    entry->usable = true;
    snprintf(entry->created, sizeof(entry->created), "%s", manifest.created);
    snprintf(entry->chip, sizeof(entry->chip), "%s", manifest.chip);
    snprintf(entry->note, sizeof(entry->note), "%s", manifest.note);
    format_mac(entry->mac, &manifest);
    entry->state = manifest.state;
    entry->regions = manifest.region_count;
    for (size_t i = 0; i < manifest.region_count; i++) {
        entry->size += manifest.regions[i].size;
        add_part(entry, manifest.regions[i].name, espbak_manifest_is_flash(&manifest));
    }
    entry->flash_size = manifest.flash.size;
    entry->beginning = espbak_manifest_is_beginning(&manifest);
    entry->size_doubted = manifest.flash.size_proof == ESPBAK_PROOF_DOUBTED;
    note_app(entry, &manifest);
    add_name(entry->taken_from, sizeof(entry->taken_from), manifest.base);
    for (size_t i = 0; i < manifest.source_count; i++)
        add_name(entry->taken_from, sizeof(entry->taken_from), manifest.sources[i].backup);
    espbak_manifest_free(&manifest);
}

static void fill_partial(espbak_backup_entry *entry, const char *path)
{
    journal log;
    uint64_t size = 0;
    entry->partial = true;
    entry->state = ESPBAK_STATE_UNVERIFIED;
    espbak_error why = {0};
    if (journal_load(&log, path, &why) != ESPBAK_OK) {
        entry->stuck = backup_holds(path, journal_file_name);
        if (entry->stuck)
            bytes_printable(entry->problem, sizeof(entry->problem), why.message, strlen(why.message));
        else
            snprintf(entry->problem, sizeof(entry->problem), "unfinished, and nothing says how far it came");
        return;
    }
    snprintf(entry->created, sizeof(entry->created), "%s", log.created);
    snprintf(entry->chip, sizeof(entry->chip), "%s", log.chip);
    snprintf(entry->mac, sizeof(entry->mac), "%s", log.mac);
    snprintf(entry->note, sizeof(entry->note), "%s", log.note);
    entry->regions = log.region_count;
    for (size_t i = 0; i < log.region_count; i++)
        add_part(entry, log.regions[i].name, log.region_count == 1 && log.regions[i].offset == 0);
    journal_progress(&log, &entry->size, &size);
    snprintf(entry->problem, sizeof(entry->problem), "unfinished: %llu of %llu KiB are in",
             (unsigned long long)(entry->size / 1024), (unsigned long long)(size / 1024));
    journal_free(&log);
}

static espbak_status consider(void *user, const char *name, espbak_error *err)
{
    listing *l = user;
    char *path = file_join(l->folder, name);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const bool partial = backup_is_partial_name(name);
    if (!file_is_folder(path) || (!partial && !backup_holds(path, manifest_file_name))) {
        free(path); /* folders may hold other things beside backups */
        return ESPBAK_OK;
    }
    espbak_backup_entry *entry = new_entry(l);
    if (entry == NULL) {
        free(path);
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    }
    entry->path = path;
    bytes_printable(entry->name, sizeof(entry->name), name, strlen(name));
    if (partial)
        fill_partial(entry, path);
    else
        fill_sealed(entry, path);
    return ESPBAK_OK;
}

/* Newest first; those without a time last; equal times by name, the later number first. */
static int newest_first(const void *a, const void *b)
{
    const espbak_backup_entry *left = a;
    const espbak_backup_entry *right = b;
    const int by_time = strcmp(right->created, left->created);
    if (by_time != 0)
        return by_time;
    const size_t left_length = strlen(left->name);
    const size_t right_length = strlen(right->name);
    if (left_length != right_length && left->created[0] != '\0')
        return left_length < right_length ? 1 : -1;
    return strcmp(right->name, left->name);
}

espbak_status espbak_backup_list(const char *folder, espbak_backup_entry **entries, size_t *count, espbak_error *err)
{
    listing l = {.folder = folder};
    *entries = NULL;
    *count = 0;
    const espbak_status status = file_list(folder, consider, &l, err);
    if (status != ESPBAK_OK) {
        espbak_backup_list_free(l.entries, l.count);
        return status;
    }
    if (l.count > 0)
        qsort(l.entries, l.count, sizeof(*l.entries), newest_first);
    *entries = l.entries;
    *count = l.count;
    return ESPBAK_OK;
}

void espbak_backup_list_free(espbak_backup_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i].path);
    free(entries);
}

const char *espbak_backup_entry_state_name(const espbak_backup_entry *entry)
{
    if (entry->partial && !entry->stuck)
        return "partial";
    return entry->usable ? espbak_backup_state_name(entry->state) : "unusable";
}
