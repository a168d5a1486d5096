/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from anywhere as NVS. Its CRCs keep most changed inputs out, so every other run makes them
 * right again first, which lets spans, sizes and indexes through that no device wrote.
 */
#include "espbak/nvs.h"

#include "image/crc32.h"
#include "image/nvs/nvs_blank.h"
#include "reader.h"

static void repair(uint8_t *bytes, size_t size)
{
    for (size_t page = 0; page + ESPBAK_NVS_PAGE_SIZE <= size; page += ESPBAK_NVS_PAGE_SIZE) {
        bytes_put_le32(bytes + page + 28, crc32_esp(bytes + page + 4, 24));
        for (size_t at = page + 64; at < page + ESPBAK_NVS_PAGE_SIZE; at += 32)
            bytes_put_le32(bytes + at + 4, crc32_update(crc32_esp(bytes + at, 4), bytes + at + 8, 24));
    }
}

static void try_items(const espbak_nvs *nvs)
{
    char text[64];
    espbak_error err = {0};
    for (size_t i = 0; i < espbak_nvs_summarise(nvs)->items; i++) {
        const espbak_nvs_item *item = espbak_nvs_item_at(nvs, i);
        uint8_t *value = NULL;
        FUZZ_CHECK(memchr(item->key, '\0', sizeof(item->key)) != NULL);
        FUZZ_CHECK(memchr(item->space, '\0', sizeof(item->space)) != NULL);
        FUZZ_CHECK(espbak_nvs_read_value(nvs, item, &value, &err) == ESPBAK_OK);
        espbak_nvs_value_text(item, value, text, sizeof(text));
        FUZZ_CHECK(memchr(text, '\0', sizeof(text)) != NULL);
        free(value);
    }
}

static espbak_status no_change(void *user, espbak_nvs_change change, const espbak_nvs_item *before,
                               const espbak_nvs_item *after, espbak_error *err)
{
    (void)user;
    (void)change;
    (void)before;
    (void)after;
    return espbak_fail(err, ESPBAK_E_INTERNAL, "it differs from itself");
}

static void try_nvs(const uint8_t *data, size_t size)
{
    contents c = {.bytes = data, .size = size};
    const espbak_image_reader reader = reader_of(&c);
    espbak_error err = {0};
    espbak_findings findings = {.count = 0};
    espbak_nvs *nvs = NULL;
    FUZZ_CHECK(espbak_nvs_open(&nvs, &reader, 0, size, NULL, &findings, &err) == ESPBAK_OK);
    check_findings(&findings);
    FUZZ_CHECK(espbak_nvs_summarise(nvs)->pages == size / ESPBAK_NVS_PAGE_SIZE);
    try_items(nvs);
    FUZZ_CHECK(espbak_nvs_compare(nvs, nvs, no_change, NULL, &err) == ESPBAK_OK);
    espbak_nvs_free(nvs);
    espbak_findings_free(&findings);
}

/* What is blanked is NVS as before, and has nothing left to blank. */
static void try_blank(uint8_t *bytes, size_t size)
{
    uint8_t once[ESPBAK_NVS_PAGE_SIZE];
    for (size_t page = 0; page + sizeof(once) <= size; page += sizeof(once)) {
        nvs_blank_page(bytes + page);
        memcpy(once, bytes + page, sizeof(once));
        nvs_blank_page(bytes + page);
        FUZZ_CHECK(memcmp(once, bytes + page, sizeof(once)) == 0);
    }
    try_nvs(bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_nvs(data, size);
    uint8_t *copy = malloc(size + 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    repair(copy, size);
    try_nvs(copy, size);
    try_blank(copy, size);
    free(copy);
    return 0;
}
