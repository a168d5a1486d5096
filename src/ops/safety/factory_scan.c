/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/factory_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/flash.h"
#include "espbak/nvs.h"
#include "ops/content/device_contents.h"
#include "ops/content/flash_reader.h"

enum {
    BLOCK = 64 * 1024,
    HEAD = 32,
    NVS_VERSION_AT = 8,
    NVS_PAGES_MAX = 64,
};
static const uint32_t secure_cert_magic = 0xBA5EBA11; /* esp_secure_cert_mgr, in front of each of its records */

typedef struct scan {
    const factory_check *check;
    espbak_image_reader reader;
    factory_list *list;
} scan;

/* Namespaces and keys that projects have for it: ESP-Matter, ESP RainMaker, SenseCAP Watcher. */
static bool is_factory_item(const espbak_nvs_item *item)
{
    static const char *const words[] = {"chip-factory", "rmaker_creds", "factory",     "fctry", "dac-key",
                                        "dac-cert",     "client_key",   "device_cert", "SN_SK", "DEV_KEY_SK"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (bytes_same_text(item->space, words[i]) || bytes_same_text(item->key, words[i]))
            return true;
    }
    return false;
}

/* As a page of NVS begins that is in use; what follows is looked at by the parser. */
static bool is_nvs_head(const uint8_t head[HEAD])
{
    const uint32_t state = bytes_get_le32(head);
    return (state == 0xFFFFFFFE || state == 0xFFFFFFFC || state == 0xFFFFFFF8) && head[NVS_VERSION_AT] >= 0xFE;
}

static espbak_status count_pages(const scan *s, uint64_t at, uint64_t *pages, espbak_error *err)
{
    uint8_t head[HEAD];
    for (*pages = 1; *pages < NVS_PAGES_MAX; (*pages)++) {
        const uint64_t next = at + *pages * ESPBAK_NVS_PAGE_SIZE;
        if (!bytes_range_within(next, sizeof(head), s->reader.size))
            return ESPBAK_OK;
        if (s->reader.read(s->reader.ctx, next, head, sizeof(head), err) != ESPBAK_OK)
            return err->status;
        if (!is_nvs_head(head))
            return ESPBAK_OK;
    }
    return ESPBAK_OK;
}

static void note(const scan *s, const char *kind, uint64_t at, uint64_t size)
{
    espbak_partition found = {.type = ESPBAK_PARTITION_DATA, .offset = (uint32_t)at, .size = (uint32_t)size};
    snprintf(found.label, sizeof(found.label), "%s", kind);
    factory_list_add(s->list, &found);
}

static espbak_status look_at_nvs(const scan *s, uint64_t at, uint64_t *size, espbak_error *err)
{
    espbak_findings findings = {0};
    espbak_nvs *nvs = NULL;
    uint64_t pages;
    bool found = false;
    if (count_pages(s, at, &pages, err) != ESPBAK_OK)
        return err->status;
    *size = pages * ESPBAK_NVS_PAGE_SIZE;
    const espbak_status status = espbak_nvs_open(&nvs, &s->reader, at, *size, NULL, &findings, err);
    for (size_t i = 0; status == ESPBAK_OK && !found && espbak_nvs_item_at(nvs, i) != NULL; i++)
        found = is_factory_item(espbak_nvs_item_at(nvs, i));
    if (found)
        note(s, "an NVS", at, *size);
    espbak_nvs_free(nvs);
    espbak_findings_free(&findings);
    return status;
}

static espbak_status look_at_sector(const scan *s, uint64_t at, uint64_t *size, espbak_error *err)
{
    uint8_t head[HEAD];
    *size = ESPBAK_FLASH_SECTOR;
    if (factory_list_has(s->list, at, ESPBAK_FLASH_SECTOR))
        return ESPBAK_OK;
    if (s->reader.read(s->reader.ctx, at, head, sizeof(head), err) != ESPBAK_OK)
        return err->status;
    if (bytes_get_le32(head) == secure_cert_magic)
        note(s, "esp_secure_cert", at, ESPBAK_FLASH_SECTOR);
    return is_nvs_head(head) ? look_at_nvs(s, at, size, err) : ESPBAK_OK;
}

static bool is_erased(const scan *s, uint64_t at, uint64_t size)
{
    bool erased = false;
    espbak_error ignored = {0};
    return device_contents_erased(s->check->session, at, size, &erased, &ignored) == ESPBAK_OK && erased;
}

static espbak_status scan_piece(const scan *s, const piece *item, espbak_error *err)
{
    espbak_error ignored = {0};
    const bool can_hash = espbak_flash_can_hash(s->check->session, &ignored) == ESPBAK_OK;
    const uint64_t end = bytes_min64(item->offset + item->size, s->reader.size);
    uint64_t at = item->offset - item->offset % ESPBAK_FLASH_SECTOR, looked = at;
    while (at < end) {
        uint64_t size = bytes_min64(BLOCK, s->reader.size - at);
        const bool due = can_hash && at >= looked;
        if (due)
            looked = at + size;
        if ((!due || !is_erased(s, at, size)) && look_at_sector(s, at, &size, err) != ESPBAK_OK)
            return err->status;
        at += size;
    }
    return ESPBAK_OK;
}

espbak_status factory_scan(const factory_check *check, factory_list *list, espbak_error *err)
{
    flash_reader *cache = calloc(1, sizeof(*cache));
    espbak_status status = ESPBAK_OK;
    if (cache == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const scan s = {check, flash_reader_open(cache, check->session), list};
    for (size_t i = 0; i < check->pieces->count && status == ESPBAK_OK; i++)
        status = scan_piece(&s, &check->pieces->items[i], err);
    free(cache);
    return status;
}
