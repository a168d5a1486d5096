/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utc.h"
#include "espbak/backup.h"
#include "store/backup_internal.h"
#include "store/backup_name.h"
#include "store/sums.h"

/* ---- which ---- */

static bool is_known(const espbak_backup_entry *entry)
{
    return entry->usable && !entry->partial && entry->mac[0] != '\0' && entry->created[0] != '\0';
}

static bool is_proven(const espbak_backup_entry *entry)
{
    return is_known(entry) && entry->state == ESPBAK_STATE_VERIFIED;
}

/* Of one device and of the same parts: one can stand for the other. */
static bool is_alike(const espbak_backup_entry *a, const espbak_backup_entry *b)
{
    return strcmp(a->mac, b->mac) == 0 && strcmp(a->chip, b->chip) == 0 && strcmp(a->parts, b->parts) == 0;
}

static long day_of(const char *created)
{
    int64_t seconds = 0;
    return utc_parse(created, &seconds) ? (long)(seconds / 86400) : 0;
}

static long last_of(const char *created)
{
    (void)created;
    return -1; /* never twice the same */
}

/* 1970 began on a Thursday. */
static long week_of(const char *created)
{
    return (day_of(created) + 3) / 7;
}

static long month_of(const char *created)
{
    int year = 1970, month = 1;
    (void)sscanf(created, "%4d-%2d", &year, &month);
    return 12L * year + month;
}

/* The newest of each of so many spans of time, for backups alike entries[first]. */
static void keep_spans(const espbak_backup_entry *entries, size_t count, size_t first, unsigned most,
                       long (*span_of)(const char *created), unsigned reason, unsigned *why)
{
    long span = -2;
    unsigned kept = 0;
    for (size_t i = first; i < count && kept < most; i++) {
        if (!is_known(&entries[i]) || !is_alike(&entries[i], &entries[first]))
            continue;
        const long own = span_of(entries[i].created);
        if (own == span && own >= 0)
            continue;
        span = own;
        why[i] |= reason;
        kept++;
    }
}

/* Whatever the rules say: what the device came with, and what it was proven to hold last. */
static void keep_proven(const espbak_backup_entry *entries, size_t count, size_t first, unsigned *why)
{
    size_t oldest = count;
    for (size_t i = first; i < count; i++) {
        if (!is_proven(&entries[i]) || !is_alike(&entries[i], &entries[first]))
            continue;
        if (oldest == count)
            why[i] |= ESPBAK_KEEP_NEWEST;
        oldest = i;
    }
    if (oldest < count)
        why[oldest] |= ESPBAK_KEEP_FIRST;
}

static bool was_met(const espbak_backup_entry *entries, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_known(&entries[i]) && is_alike(&entries[i], &entries[index]))
            return true;
    }
    return false;
}

void espbak_backup_keep(const espbak_backup_entry *entries, size_t count, const espbak_keep_rules *rules, unsigned *why)
{
    for (size_t i = 0; i < count; i++)
        why[i] = is_known(&entries[i]) ? 0 : ESPBAK_KEEP_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        if (!is_known(&entries[i]) || was_met(entries, i))
            continue;
        keep_spans(entries, count, i, rules->last, last_of, ESPBAK_KEEP_LAST, why);
        keep_spans(entries, count, i, rules->daily, day_of, ESPBAK_KEEP_DAILY, why);
        keep_spans(entries, count, i, rules->weekly, week_of, ESPBAK_KEEP_WEEKLY, why);
        keep_spans(entries, count, i, rules->monthly, month_of, ESPBAK_KEEP_MONTHLY, why);
        keep_proven(entries, count, i, why);
    }
}

/* ---- removing ---- */

static espbak_status remove_in(const char *folder, const char *name, espbak_error *err)
{
    char *const path = file_join(folder, name);
    espbak_status status = path != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK && file_kind_of(path) != FILE_KIND_MISSING)
        status = file_remove(path, err);
    free(path);
    return status;
}

/* The manifest first: what is without one is no backup. */
static espbak_status remove_files(const char *folder, const espbak_manifest *manifest, espbak_error *err)
{
    espbak_status status = remove_in(folder, manifest_file_name, err);
    if (status == ESPBAK_OK)
        status = remove_in(folder, sums_file_name, err);
    for (size_t i = 0; i < manifest->region_count && status == ESPBAK_OK; i++)
        status = remove_in(folder, manifest->regions[i].file, err);
    return status == ESPBAK_OK ? file_remove_folder(folder, err) : status;
}

espbak_status espbak_backup_remove(const char *path, espbak_error *err)
{
    espbak_manifest manifest;
    uint8_t sha256[32];
    char *const aside = backup_path_with(path, ".removed");
    if (aside == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = backup_load_manifest(path, &manifest, sha256, err);
    if (status == ESPBAK_OK) {
        status = file_rename_new(path, aside, err);
        if (status == ESPBAK_OK && remove_files(aside, &manifest, err) != ESPBAK_OK)
            status = espbak_error_prefix(err, "what is left of it is in %s", aside);
        espbak_manifest_free(&manifest);
    }
    free(aside);
    return status;
}
