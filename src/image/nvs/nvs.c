/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/nvs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/nvs/nvs_blank.h"
#include "image/nvs/nvs_parts.h"

/* Names and what they stand for are entries too, in the namespace 0. */
static void name_spaces(espbak_nvs *nvs, char names[NVS_SPACES][ESPBAK_NVS_NAME_MAX], espbak_error *err,
                        espbak_status *status)
{
    for (size_t i = 0; i < NVS_SPACES; i++)
        snprintf(names[i], ESPBAK_NVS_NAME_MAX, "#%zu", i);
    for (size_t i = 0; i < nvs->entry_count && *status == ESPBAK_OK; i++) {
        const nvs_entry *entry = &nvs->entries[i];
        uint8_t index = 0;
        if (entry->space_index != 0 || entry->type != ESPBAK_NVS_U8)
            continue;
        *status = nvs->reader.read(nvs->reader.ctx, entry->offset, &index, 1, err);
        if (*status == ESPBAK_OK && index != 0)
            memcpy(names[index], entry->key, ESPBAK_NVS_NAME_MAX);
    }
}

/* Pieces of blobs behind everything else of their key; what was written last comes last. */
static int by_name(const void *left, const void *right)
{
    const nvs_entry *a = left, *b = right;
    int order = strcmp(a->space, b->space);
    if (order == 0)
        order = strcmp(a->key, b->key);
    if (order == 0)
        order = (a->type == ESPBAK_NVS_BLOB_DATA) - (b->type == ESPBAK_NVS_BLOB_DATA);
    if (order == 0 && a->type == ESPBAK_NVS_BLOB_DATA)
        order = a->chunk - b->chunk;
    if (order == 0)
        order = (a->order > b->order) - (a->order < b->order);
    if (order == 0)
        order = (a->offset > b->offset) - (a->offset < b->offset);
    return order;
}

/* Drops the entries that only name a namespace, gives the others its name, and sorts them. */
static espbak_status sort_entries(espbak_nvs *nvs, espbak_error *err)
{
    char names[NVS_SPACES][ESPBAK_NVS_NAME_MAX];
    espbak_status status = ESPBAK_OK;
    size_t kept = 0;
    name_spaces(nvs, names, err, &status);
    for (size_t i = 0; i < nvs->entry_count && status == ESPBAK_OK; i++) {
        nvs_entry *entry = &nvs->entries[i];
        if (entry->space_index == 0)
            continue;
        memcpy(entry->space, names[entry->space_index], ESPBAK_NVS_NAME_MAX);
        nvs->entries[kept++] = *entry;
    }
    nvs->entry_count = kept;
    if (kept > 0)
        qsort(nvs->entries, kept, sizeof(nvs->entries[0]), by_name);
    return status;
}

static void tell_page(espbak_findings *findings, size_t number, const nvs_page_report *page)
{
    if (page->damaged > 0)
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "page %zu of NVS has %zu damaged entries", number,
                            page->damaged);
    if (page->state == ESPBAK_NVS_PAGE_INVALID)
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "page %zu of NVS has a broken header", number);
    if (page->state == ESPBAK_NVS_PAGE_CORRUPT)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "page %zu of NVS was marked corrupt", number);
}

static espbak_status read_pages(espbak_nvs *nvs, uint64_t offset, uint64_t size, espbak_findings *findings,
                                espbak_error *err)
{
    uint8_t page[ESPBAK_NVS_PAGE_SIZE];
    bool blanked = false;
    for (uint64_t at = 0; at + sizeof(page) <= size; at += sizeof(page)) {
        nvs_page_report report;
        espbak_status status = nvs->reader.read(nvs->reader.ctx, offset + at, page, sizeof(page), err);
        if (status == ESPBAK_OK)
            status = nvs_take_page(nvs, offset + at, page, &report, err);
        if (status != ESPBAK_OK)
            return status;
        tell_page(findings, nvs->summary.pages++, &report);
        blanked = blanked || nvs_blank_is_done(page);
    }
    if (blanked)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING,
                            "the values of this NVS were blanked: it is a redacted copy");
    return ESPBAK_OK;
}

/* Ciphertext in whole pages with right headers is NVS encryption; without one right header it is something else. */
static bool judge(espbak_nvs *nvs, espbak_findings *findings)
{
    espbak_nvs_summary *s = &nvs->summary;
    const size_t invalid = s->page_states[ESPBAK_NVS_PAGE_INVALID];
    const size_t empty = s->page_states[ESPBAK_NVS_PAGE_EMPTY];
    s->recognised = s->pages > 0 && (invalid == 0 || invalid + empty < s->pages);
    s->encrypted = s->recognised && s->written > 0 && nvs->headers_right == 0;
    if (!s->recognised)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING, "this is no NVS, or it is encrypted with the flash");
    /* nvs_flash_init() of ESP-IDF wants a page to move things to. */
    if (s->recognised && s->page_states[ESPBAK_NVS_PAGE_ACTIVE] + s->page_states[ESPBAK_NVS_PAGE_FULL] == s->pages)
        espbak_findings_add(findings, ESPBAK_FINDING_WARNING,
                            "this NVS has no free page: it does not open, and most firmware erases it then");
    if (s->encrypted)
        espbak_findings_add(findings, ESPBAK_FINDING_NOTE, "the entries of this NVS are encrypted");
    return s->recognised && !s->encrypted;
}

typedef struct findings_mark {
    size_t count, left_out;
} findings_mark;

static findings_mark mark_findings(const espbak_findings *findings)
{
    return findings != NULL ? (findings_mark){findings->count, findings->left_out} : (findings_mark){0, 0};
}

static void drop_findings(espbak_findings *findings, findings_mark since)
{
    if (findings == NULL)
        return;
    findings->count = since.count;
    findings->left_out = since.left_out;
}

static espbak_status load(espbak_nvs *nvs, uint64_t offset, uint64_t size, espbak_findings *findings, espbak_error *err)
{
    const findings_mark before = mark_findings(findings);
    espbak_status status = read_pages(nvs, offset, size, findings, err);
    if (status != ESPBAK_OK)
        return status;
    if (nvs->summary.written > 0 && nvs->headers_right == 0)
        drop_findings(findings, before); /* what looked damaged page by page is ciphertext */
    if (!judge(nvs, findings))
        nvs->summary.damaged = nvs->entry_count = 0;
    status = sort_entries(nvs, err);
    return status == ESPBAK_OK ? nvs_make_items(nvs, findings, err) : status;
}

/* What was read of it so far is forgotten. */
static void forget(espbak_nvs *nvs)
{
    free(nvs->entries);
    free(nvs->items);
    nvs->entries = NULL;
    nvs->items = NULL;
    nvs->entry_count = nvs->entry_capacity = nvs->headers_right = 0;
    nvs->summary = (espbak_nvs_summary){.pages = 0};
}

/* Once more, by what the key makes of it. */
static espbak_status unlock(espbak_nvs *nvs, uint64_t offset, uint64_t size, const espbak_nvs_key *key,
                            espbak_findings *findings, espbak_error *err)
{
    forget(nvs);
    if (nvs_cipher_begin(nvs, offset, key, err) != ESPBAK_OK || load(nvs, offset, size, findings, err) != ESPBAK_OK)
        return err->status;
    nvs->summary.decrypted = !nvs->summary.encrypted;
    nvs->summary.encrypted = true;
    return ESPBAK_OK;
}

espbak_status espbak_nvs_open(espbak_nvs **out, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                              const espbak_nvs_key *key, espbak_findings *findings, espbak_error *err)
{
    espbak_error unheard = {0};
    if (err == NULL)
        err = &unheard;
    *out = NULL;
    if (!bytes_range_within(offset, size, reader->size))
        return espbak_fail(err, ESPBAK_E_USAGE, "NVS at 0x%llx with 0x%llx bytes leaves what is there",
                           (unsigned long long)offset, (unsigned long long)size);
    espbak_nvs *nvs = calloc(1, sizeof(*nvs));
    if (nvs == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    nvs->reader = *reader;
    const findings_mark before = mark_findings(findings);
    espbak_status status = load(nvs, offset, size, findings, err);
    if (status == ESPBAK_OK && key != NULL && nvs->summary.encrypted) {
        drop_findings(findings, before);
        status = unlock(nvs, offset, size, key, findings, err);
    }
    if (status != ESPBAK_OK)
        espbak_nvs_free(nvs);
    else
        *out = nvs;
    return status;
}

void espbak_nvs_free(espbak_nvs *nvs)
{
    if (nvs == NULL)
        return;
    nvs_cipher_end(nvs);
    free(nvs->entries);
    free(nvs->items);
    free(nvs);
}

const espbak_nvs_summary *espbak_nvs_summarise(const espbak_nvs *nvs)
{
    return &nvs->summary;
}

const espbak_nvs_item *espbak_nvs_item_at(const espbak_nvs *nvs, size_t index)
{
    return index < nvs->summary.items ? &nvs->items[index] : NULL;
}
