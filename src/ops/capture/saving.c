/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/saving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/content/device_contents.h"

enum {
    LOOK_LEAST =
        1024 *
        1024, /* below this many bytes the partition table is not looked at: it would take longer than it saves */
    TELL_LEAST = 64 * 1024,
    BASES_MOST = 8, /* how many backups of the device are considered as a base, the newest first */
};

/* If the device is gone, do not fail here: the read that follows will look for it. */
static bool is_over(espbak_status status)
{
    return status == ESPBAK_E_CANCELLED || status == ESPBAK_E_INTERNAL;
}

/* ---- the base ---- */

/* Which pieces have the bytes from `offset` on, in *at where they stand there; NULL for none. *run: how many. */
static const piece_list *pieces_at(const saving *s, uint64_t offset, uint64_t size, uint64_t *at, uint64_t *run)
{
    const piece_list *const found = s->known != NULL ? known_place(s->known, offset, size, at, run) : NULL;
    if (found != NULL)
        return found;
    *run = s->known != NULL ? *run : size;
    *at = offset;
    return s->base != NULL ? &s->pieces : NULL;
}

static bool base_has(const void *user, uint64_t offset, uint64_t size)
{
    const saving *s = user;
    for (uint64_t done = 0, at, run; done < size; done += run) {
        const piece_list *const pieces = pieces_at(s, offset + done, size - done, &at, &run);
        if (pieces == NULL || !piece_list_covers(pieces, at, run))
            return false;
    }
    return true;
}

static espbak_status read_base(void *user, uint64_t offset, uint8_t *data, size_t size, espbak_error *err)
{
    saving *s = user;
    espbak_status status = ESPBAK_OK;
    for (uint64_t done = 0, at, run; status == ESPBAK_OK && done < size; done += run) {
        const piece_list *const pieces = pieces_at(s, offset + done, size - done, &at, &run);
        status = pieces != NULL ? piece_list_read((void *)(uintptr_t)pieces, at, data + done, (size_t)run, err)
                                : espbak_fail(err, ESPBAK_E_INTERNAL, "bytes that no backup has are asked for");
    }
    s->base_failed = s->base_failed || status != ESPBAK_OK;
    return status;
}

static bool find_elsewhere(void *user, uint64_t offset, uint64_t size, const espbak_flash_digest *found)
{
    const saving *s = user;
    return known_find(s->known, offset, size, found);
}

static void drop_base(saving *s)
{
    piece_list_free(&s->pieces);
    espbak_backup_close(s->base);
    s->base = NULL;
}

static espbak_status open_base(saving *s, const char *path, espbak_error *err)
{
    espbak_status status = espbak_backup_open(&s->base, path, err);
    if (status == ESPBAK_OK)
        status = piece_list_of_backup(&s->pieces, s->base, err);
    if (status != ESPBAK_OK)
        drop_base(s);
    return status;
}

/* Bytes of a range that the base has. */
static uint64_t base_covers(const saving *s, uint64_t offset, uint64_t size)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->pieces.count; i++) {
        const piece *item = &s->pieces.items[i];
        const uint64_t from = item->offset > offset ? item->offset : offset;
        const uint64_t to = bytes_min64(item->offset + item->size, offset + size);
        sum += to > from ? to - from : 0;
    }
    return sum;
}

static bool is_of_device(const espbak_backup_entry *entry, const espbak_device_info *device)
{
    char mac[18];
    const uint8_t *m = device->mac;
    snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    return entry->usable && !entry->partial && strcmp(entry->mac, mac) == 0 && device->chip != NULL &&
           strcmp(entry->chip, device->chip->name) == 0;
}

/* Of the newest backups of this device the one that has most of the range; the newest of equal ones. */
static void find_base(saving *s, const espbak_device_info *device, uint64_t offset, uint64_t size)
{
    espbak_backup_entry *entries = NULL;
    espbak_error ignored = {0};
    const char *best = NULL;
    size_t count = 0;
    uint64_t most = 0;
    if (!device->mac_known || file_kind_of(s->wanted.folder) != FILE_KIND_FOLDER ||
        espbak_backup_list(s->wanted.folder, &entries, &count, &ignored) != ESPBAK_OK)
        return;
    unsigned looked = 0;
    for (size_t i = 0; i < count && looked < BASES_MOST && most < size; i++) {
        if (!is_of_device(&entries[i], device))
            continue;
        looked++;
        if (open_base(s, entries[i].path, &ignored) != ESPBAK_OK)
            continue;
        const uint64_t covers = base_covers(s, offset, size);
        if (covers > most)
            best = entries[i].path;
        most = covers > most ? covers : most;
        drop_base(s);
    }
    if (best != NULL && open_base(s, best, &ignored) != ESPBAK_OK)
        espbak_log(s->wanted.events, ESPBAK_LOG_DETAIL, "%s", ignored.message);
    espbak_backup_list_free(entries, count);
}

/* What it has beside that of the device, or instead. */
static espbak_status find_known(saving *s, espbak_session *session, uint64_t offset, uint64_t size, espbak_error *err)
{
    const known_wanted wanted = {
        .folder = s->wanted.folder, .base = &s->pieces, .offset = offset, .size = size, .alone = s->wanted.no_verify};
    const espbak_status status = known_open(&s->known, session, &wanted, err);
    return is_over(status) ? status : ESPBAK_OK;
}

bool saving_find_earlier(saving *s, const espbak_device_info *device, uint64_t size)
{
    if (s->base == NULL && s->wanted.folder != NULL)
        find_base(s, device, 0, size);
    return s->base != NULL;
}

static void use_base(saving *s)
{
    if (s->base == NULL && s->known == NULL)
        return;
    s->options.base = read_base;
    s->options.base_has = base_has;
    s->options.find = s->known != NULL ? find_elsewhere : NULL;
    s->options.base_user = s;
    s->base_path = s->base != NULL ? bytes_copy_text(espbak_backup_path(s->base)) : NULL;
}

/* ---- what the partition table tells ---- */

static void hint(saving *s, uint64_t offset, uint64_t size, bool unused)
{
    if (size > 0 && s->options.hint_count < SAVING_HINTS_MAX)
        s->hints[s->options.hint_count++] = (espbak_sparse_hint){offset, size, unused};
}

/* Entries of the table are in no order: the gap behind each one is looked for by itself. */
static void hint_gap(saving *s, const espbak_partition_table *table, uint64_t at, uint64_t flash_size)
{
    uint64_t next = flash_size;
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        const uint64_t end = (uint64_t)entry->offset + entry->size;
        if (entry->outside || end <= at)
            continue;
        if (entry->offset <= at)
            return;
        next = bytes_min64(next, entry->offset);
    }
    hint(s, at, next > at ? next - at : 0, true);
}

static void hint_table(saving *s, const espbak_partition_table *table, uint64_t flash_size)
{
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        if (entry->outside)
            continue;
        hint(s, entry->offset, entry->size, false);
        hint_gap(s, table, (uint64_t)entry->offset + entry->size, flash_size);
    }
}

static espbak_status look_at_table(saving *s, espbak_session *session, espbak_error *err)
{
    const espbak_table_source anywhere = {.file = NULL};
    espbak_contents *found = calloc(1, sizeof(*found));
    espbak_error why = {0};
    if (found == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = device_contents_look(session, &anywhere, NULL, found, &why);
    if (status == ESPBAK_OK && found->boot.table_found)
        hint_table(s, &found->boot.table, found->flash_size);
    if (is_over(status))
        *err = why;
    explain_discard(found);
    return is_over(status) ? status : ESPBAK_OK;
}

/* ---- all of it ---- */

espbak_status saving_open(saving *s, espbak_session *session, const saving_wanted *wanted, uint64_t offset,
                          uint64_t size, espbak_error *err)
{
    const espbak_device_info *device = espbak_session_device(session);
    espbak_error why = {0};
    *s = (saving){.wanted = *wanted, .options = {.full = wanted->full, .alone = wanted->no_verify, .hints = s->hints}};
    if (wanted->full)
        return ESPBAK_OK;
    if (wanted->base != NULL && open_base(s, wanted->base, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "the backup to go by");
    if (espbak_flash_can_hash(session, &why) != ESPBAK_OK)
        return ESPBAK_OK;
    if (wanted->base == NULL && wanted->folder != NULL)
        find_base(s, device, offset, size);
    if (wanted->base == NULL && wanted->folder != NULL && size >= LOOK_LEAST &&
        find_known(s, session, offset, size, err) != ESPBAK_OK)
        return err->status;
    use_base(s);
    /* By our own loader what is erased costs nothing, wherever it is. */
    if (size < LOOK_LEAST || device->security.flash_encryption == ESPBAK_YES ||
        device->link.loader == ESPBAK_LOADER_OWN)
        return ESPBAK_OK;
    return look_at_table(s, session, err);
}

bool saving_lost_base(saving *s, espbak_error *err)
{
    if (!s->base_failed)
        return false;
    espbak_log(s->wanted.events, ESPBAK_LOG_WARNING, "%s; it is done without that backup", err->message);
    espbak_error_clear(err);
    s->base_failed = false;
    s->options.base = NULL;
    s->options.base_has = NULL;
    s->options.find = NULL;
    drop_base(s);
    return true;
}

/* The name of its folder: where that stands is of no use on another computer. */
static void add_source(espbak_savings *out, const char *path, uint64_t bytes)
{
    espbak_manifest_source *const grown = realloc(out->sources, (out->source_count + 1) * sizeof(out->sources[0]));
    if (grown == NULL)
        return;
    out->sources = grown;
    out->known_bytes += bytes;
    espbak_manifest_source *const source = &grown[out->source_count++];
    *source = (espbak_manifest_source){.bytes = bytes};
    bytes_printable(source->backup, sizeof(source->backup), file_name_of(path), strlen(file_name_of(path)));
}

void saving_report(const saving *s, espbak_savings *out)
{
    const char *path = "";
    *out = s->sum;
    out->base = bytes_copy_text(s->base_path);
    for (size_t i = 0; s->known != NULL && path != NULL; i++) {
        uint64_t bytes = 0;
        path = known_source(s->known, i, &bytes);
        if (path != NULL && bytes > 0)
            add_source(out, path, bytes);
    }
}

void saving_close(saving *s)
{
    drop_base(s);
    known_close(s->known);
    s->known = NULL;
    free(s->base_path);
    s->base_path = NULL;
}

static void add_to_sum(saving *s, espbak_session *session, const espbak_sparse_summary *plan)
{
    espbak_savings *sum = &s->sum;
    const espbak_flash_rates rates = espbak_flash_get_rates(session);
    const uint64_t verify = s->wanted.no_verify ? 0 : plan->size;
    const double verify_seconds = (double)verify / (double)rates.hash;
    sum->planned = true;
    sum->planned_bytes += plan->line_bytes;
    sum->hashed_bytes += plan->hashed_bytes;
    sum->verify_bytes += verify;
    sum->hash_seconds += plan->hash_seconds;
    sum->planned_seconds += plan->line_seconds + verify_seconds;
    sum->full_seconds += plan->full_seconds + verify_seconds;
}

static double mib(uint64_t bytes)
{
    return (double)bytes / (1024.0 * 1024.0);
}

static void tell(const saving *s, espbak_session *session, const espbak_sparse_summary *plan)
{
    if (plan->size < TELL_LEAST)
        return;
    const bool compressed = espbak_session_device(session)->link.loader == ESPBAK_LOADER_OWN;
    char verify[96] = "", base[96] = "", left_out[192] = "";
    const espbak_flash_rates rates = espbak_flash_get_rates(session);
    double seconds = plan->line_seconds;
    espbak_expect_phase(s->wanted.events, "reading", seconds);
    if (!s->wanted.no_verify) {
        const double hashing = (double)plan->size / (double)rates.hash;
        seconds += hashing;
        espbak_expect_phase(s->wanted.events, "verifying", hashing);
        snprintf(verify, sizeof(verify), ", then hash %.1f MiB to verify", mib(plan->size));
    }
    if (s->options.base != NULL)
        snprintf(base, sizeof(base),
                 s->base == NULL ? ", %.1f MiB as in other backups" : ", %.1f MiB unchanged since the last backup",
                 mib(plan->base_bytes));
    if (compressed && s->options.base == NULL)
        snprintf(left_out, sizeof(left_out), "; erased blocks are not sent");
    else if (!s->wanted.full)
        snprintf(left_out, sizeof(left_out), "; left out: %.1f MiB erased%s", mib(plan->erased_bytes), base);
    espbak_log(s->wanted.events, ESPBAK_LOG_INFO, "plan: read %.1f of %.1f MiB%s%s, about %.0f s%s",
               mib(plan->line_bytes), mib(plan->size), compressed ? " compressed" : "", verify, seconds, left_out);
}

void saving_count(saving *s, const espbak_sparse_plan *plan, uint64_t from, uint64_t to)
{
    uint64_t *const sums[] = {
        [ESPBAK_SPARSE_LINE] = &s->sum.line_bytes,
        [ESPBAK_SPARSE_ERASED] = &s->sum.erased_bytes,
        [ESPBAK_SPARSE_BASE] = &s->sum.base_bytes,
    };
    for (uint64_t at = from, size; at < to; at += size) {
        const espbak_sparse_origin origin = espbak_sparse_plan_origin(plan, at, &size);
        size = bytes_min64(size, to - at);
        *sums[origin] += size;
        if (origin == ESPBAK_SPARSE_BASE && s->known != NULL)
            known_count(s->known, at, size);
    }
}

espbak_status saving_plan(saving *s, espbak_session *session, uint64_t offset, uint64_t size, espbak_sparse_plan **plan,
                          espbak_error *err)
{
    if (espbak_sparse_plan_make(plan, session, offset, size, &s->options, err) != ESPBAK_OK)
        return err->status;
    const espbak_sparse_summary summary = espbak_sparse_plan_summary(*plan);
    add_to_sum(s, session, &summary);
    tell(s, session, &summary);
    return ESPBAK_OK;
}

/* Bytes that stand from `at` on in one backup, for the destination from `to` on; false when the file system cannot. */
static bool share_run(saving *s, const piece_list *pieces, const destination *d, uint64_t to, uint64_t at,
                      uint64_t size)
{
    for (size_t i = 0; i < pieces->count; i++) {
        const piece *item = &pieces->items[i];
        const uint64_t start = item->offset > at ? item->offset : at;
        const uint64_t end = bytes_min64(item->offset + item->size, at + size);
        if (start >= end)
            continue;
        const uint64_t shared = d->ops->share(d->impl, to + (start - at), end - start, item->backup, item->region,
                                              item->from + (start - item->offset));
        s->sum.shared_bytes += shared;
        if (shared == 0)
            return false;
    }
    return true;
}

void saving_share(saving *s, const espbak_sparse_plan *plan, const destination *d, uint64_t region)
{
    const espbak_sparse_summary summary = espbak_sparse_plan_summary(plan);
    bool can = d->ops->share != NULL && s->options.base != NULL && !s->base_failed;
    for (uint64_t done = 0, size, at; can && done < summary.size; done += size) {
        const uint64_t offset = summary.offset + done;
        if (espbak_sparse_plan_origin(plan, offset, &size) != ESPBAK_SPARSE_BASE)
            continue;
        const piece_list *const pieces = pieces_at(s, offset, size, &at, &size);
        can = pieces == NULL || share_run(s, pieces, d, offset - region, at, size);
    }
}
