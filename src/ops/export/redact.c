/* SPDX-License-Identifier: Apache-2.0 */
/* What of a flash is secret, partition by partition. What is not known to be harmless is blanked, or refused. */
#include "ops/export/redact.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cancel.h"
#include "image/files/volume.h"
#include "image/nvs/nvs_blank.h"

enum { SUBTYPE_COREDUMP = 0x03, SUBTYPE_EFUSE = 0x05, TYPE_SECURE_CERT = 0x3F };

static const char what_nvs[] = "values of NVS", what_pem[] = "certificates and keys (PEM, DER)";

/* ---- whole partitions ---- */

/* What a partition is for tells that all of it is secret; NULL where it does not. Erased, it is one that was never
 * used. */
static const char *all_of(const espbak_partition *entry)
{
    if (entry->type == TYPE_SECURE_CERT || strcmp(entry->label, "esp_secure_cert") == 0)
        return "certificates and keys of the device";
    if (entry->type != ESPBAK_PARTITION_DATA)
        return NULL;
    if (entry->subtype == ESPBAK_DATA_NVS_KEYS)
        return "keys of NVS";
    if (entry->subtype == SUBTYPE_COREDUMP)
        return "memory of a program that crashed (core dump)";
    return entry->subtype == SUBTYPE_EFUSE ? "emulated eFuses" : NULL;
}

static espbak_status erase(redaction *r, const char *name, uint64_t offset, uint64_t size, const char *what,
                           espbak_error *err)
{
    bool erased = false;
    if (export_is_erased(r->job, &r->flash, offset, size, &erased, err) != ESPBAK_OK)
        return err->status;
    if (erased)
        return ESPBAK_OK;
    if (redact_fill(r, offset, size, 0xFF, err) != ESPBAK_OK)
        return err->status;
    return redact_note(r, name, offset, size, what, 0, err);
}

/* ---- NVS ---- */

static espbak_status blank_nvs(redaction *r, const char *name, uint64_t offset, uint64_t size, espbak_error *err)
{
    uint8_t page[ESPBAK_NVS_PAGE_SIZE], before[ESPBAK_NVS_PAGE_SIZE];
    size_t values = 0;
    bool changed = false;
    uint64_t at = 0;
    for (; at + sizeof(page) <= size; at += sizeof(page)) {
        if (r->flash.read(r->flash.ctx, offset + at, page, sizeof(page), err) != ESPBAK_OK)
            return err->status;
        memcpy(before, page, sizeof(page));
        values += nvs_blank_page(page);
        if (memcmp(before, page, sizeof(page)) == 0)
            continue;
        changed = true;
        if (redact_replace(r, offset + at, page, sizeof(page), err) != ESPBAK_OK)
            return err->status;
    }
    if (at < size && redact_fill(r, offset + at, size - at, 0xFF, err) != ESPBAK_OK)
        return err->status;
    return changed ? redact_note(r, name, offset, size, what_nvs, values, err) : ESPBAK_OK;
}

/* Some have a type of their own. */
static espbak_status looks_like_nvs(const redaction *r, uint64_t offset, uint64_t size, bool *is, espbak_error *err)
{
    espbak_nvs *nvs = NULL;
    if (espbak_nvs_open(&nvs, &r->flash, offset, size, NULL, NULL, err) != ESPBAK_OK)
        return err->status;
    const espbak_nvs_summary *about = espbak_nvs_summarise(nvs);
    *is = about->recognised && about->page_states[ESPBAK_NVS_PAGE_EMPTY] < about->pages;
    espbak_nvs_free(nvs);
    return ESPBAK_OK;
}

/* ---- everything ---- */

/* A damaged one has a name all the same; one that wear levelling has moved has none. */
static espbak_status holds_files(const redaction *r, uint64_t offset, uint64_t size, bool *does, espbak_error *err)
{
    const char *name = NULL;
    espbak_volume *volume = NULL;
    if (volume_find(&r->flash, offset, size, &name, err) != ESPBAK_OK ||
        espbak_volume_open(&volume, &r->flash, offset, size, NULL, NULL, err) != ESPBAK_OK)
        return err->status;
    *does = name != NULL || volume != NULL;
    espbak_volume_close(volume);
    return ESPBAK_OK;
}

static espbak_status redact_data(redaction *r, const char *name, uint64_t offset, uint64_t size, espbak_error *err)
{
    bool nvs = false, files = false;
    size_t count = 0;
    if (holds_files(r, offset, size, &files, err) != ESPBAK_OK)
        return err->status;
    if (files)
        return redact_files_meant(r, name) ? redact_files(r, name, offset, size, err) : ESPBAK_OK;
    if (looks_like_nvs(r, offset, size, &nvs, err) != ESPBAK_OK)
        return err->status;
    if (nvs)
        return blank_nvs(r, name, offset, size, err);
    if (redact_secrets(r, offset, size, &count, err) != ESPBAK_OK)
        return err->status;
    return count > 0 ? redact_note(r, name, offset, size, what_pem, count, err) : ESPBAK_OK;
}

static espbak_status redact_entry(redaction *r, const espbak_partition *entry, espbak_error *err)
{
    const char *what = all_of(entry);
    if (entry->outside || !bytes_range_within(entry->offset, entry->size, r->flash.size))
        return ESPBAK_OK;
    if (what != NULL)
        return erase(r, entry->label, entry->offset, entry->size, what, err);
    if (entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS)
        return blank_nvs(r, entry->label, entry->offset, entry->size, err);
    if (entry->type == ESPBAK_PARTITION_APP || entry->type == ESPBAK_PARTITION_BOOTLOADER ||
        entry->type == ESPBAK_PARTITION_TABLE)
        return ESPBAK_OK;
    return redact_data(r, entry->label, entry->offset, entry->size, err);
}

/* The end of the partition that has the sector at `at`; 0: none has. *next: where the next one begins. */
static uint64_t end_of_part(const espbak_partition_table *table, uint64_t at, uint64_t *next)
{
    uint64_t end = 0;
    for (size_t i = 0; i < table->count; i++) {
        const uint64_t first = table->entries[i].offset, last = first + table->entries[i].size;
        if (at >= first && at < last && last > end)
            end = last;
        if (first > at && first < *next)
            *next = first;
    }
    return end;
}

/* Behind the table: what earlier layouts have left, which nobody can tell what it is. */
static espbak_status redact_gaps(redaction *r, espbak_error *err)
{
    const espbak_partition_table *table = &r->job->source.contents->boot.table;
    for (uint64_t at = table->offset + ESPBAK_FLASH_SECTOR; at < r->flash.size;) {
        uint64_t next = r->flash.size;
        const uint64_t end = end_of_part(table, at, &next);
        if (end == 0 && erase(r, "no partition", at, next - at, "bytes that no partition has", err) != ESPBAK_OK)
            return err->status;
        at = end != 0 ? end : next;
    }
    return ESPBAK_OK;
}

static espbak_status redact_table(redaction *r, espbak_error *err)
{
    const espbak_partition_table *table = &r->job->source.contents->boot.table;
    for (size_t i = 0; i < table->count; i++) {
        if (cancel_check(r->job->options->cancel, err) != ESPBAK_OK ||
            redact_entry(r, &table->entries[i], err) != ESPBAK_OK)
            return err->status;
    }
    return redact_gaps(r, err);
}

static espbak_status refuse_unknown(const redaction *r, espbak_error *err)
{
    const bool ciphertext = r->job->source.contents->ciphertext == ESPBAK_YES;
    espbak_fail(err, ESPBAK_E_REFUSED, "what is secret cannot be told: there is no partition table%s",
                ciphertext ? ", as the flash is encrypted" : "");
    espbak_error_hint(err, "name its file with --partition-table, or its place with --table-offset");
    return ESPBAK_E_REFUSED;
}

/* An image of a file system that nothing else is said of. */
static espbak_status redact_alone(redaction *r, espbak_error *err)
{
    const flash_source *source = &r->job->source;
    bool files = source->alone;
    if (!files && source->backup == NULL && holds_files(r, 0, source->dump.held, &files, err) != ESPBAK_OK)
        return err->status;
    if (!files)
        return refuse_unknown(r, err);
    return redact_data(r, "file", 0, source->alone ? r->flash.size : source->dump.held, err);
}

/* In a program, or in a file: there it cannot be blanked without breaking a hash, or without being asked for. */
static espbak_status refuse_keys(redaction *r, espbak_error *err)
{
    size_t count = 0;
    uint64_t first = 0;
    if (redact_find_keys(r, 0, r->flash.size, &count, &first, err) != ESPBAK_OK)
        return err->status;
    if (count == 0)
        return ESPBAK_OK;
    if (r->job->options->force) {
        espbak_log(r->job->options->events, ESPBAK_LOG_WARNING,
                   "forced: private keys in PEM are left in it: %zu, the first one at 0x%llX", count,
                   (unsigned long long)first);
        return ESPBAK_OK;
    }
    espbak_fail(
        err, ESPBAK_E_REFUSED,
        "refused: private keys in PEM would be left in it: %zu, the first one at 0x%llX; --force overrides this", count,
        (unsigned long long)first);
    espbak_error_hint(err, "they are in an application, or in a file that --redact-files can blank");
    return ESPBAK_E_REFUSED;
}

espbak_status redact_flash(redaction *r, espbak_error *err)
{
    const espbak_contents *contents = r->job->source.contents;
    espbak_status status = redact_files_check(r, false, err);
    if (status != ESPBAK_OK)
        return status;
    if (contents->boot.table_found)
        status = redact_table(r, err);
    else
        status = redact_alone(r, err);
    if (status == ESPBAK_OK)
        status = redact_files_check(r, true, err);
    return status == ESPBAK_OK ? refuse_keys(r, err) : status;
}
