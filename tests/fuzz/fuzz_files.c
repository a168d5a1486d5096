/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from anywhere as a file system. The CRCs of LittleFS keep most changed inputs out, so every other run makes
 * them right again first.
 */
#include "image/files/littlefs_log.h"
#include "image/files/volume.h"
#include "reader.h"

static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
    }
    return crc;
}

static uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* SPEC.md of littlefs, metadata blocks: tags, each XORed with the one before, and a CRC behind each commit. */
static void repair_block(uint8_t *block, size_t size)
{
    uint32_t tag = 0xFFFFFFFF, crc = crc_of(0xFFFFFFFF, block, 4);
    for (size_t at = 4; at + 8 <= size;) {
        tag ^= get_be32(block + at);
        const uint32_t type = tag >> 20 & 0x7FF;
        const size_t length = (tag & 0x3FF) == 0x3FF ? 0 : tag & 0x3FF;
        if (tag >> 31 != 0 || at + 4 + length > size)
            return;
        if ((type & 0x780) == 0x500 && length >= 4) {
            bytes_put_le32(block + at + 4, crc_of(crc, block + at, 4));
            crc = 0xFFFFFFFF;
            tag ^= (type & 1) << 31;
        } else {
            crc = crc_of(crc, block + at, 4 + length);
        }
        at += 4 + length;
    }
}

static void repair(uint8_t *bytes, size_t size)
{
    enum { SIZE_AT = 24 };
    const size_t block = size > SIZE_AT + 4 ? bytes_get_le32(bytes + SIZE_AT) : 0;
    if (block < 128 || block > 65536)
        return;
    for (size_t at = 0; at + block <= size; at += block)
        repair_block(bytes + at, block);
}

typedef struct counted {
    const espbak_volume *volume;
    size_t left, of; /* bytes of the file, and of the volume */
} counted;

static espbak_status count(void *user, const uint8_t *data, size_t size, espbak_error *err)
{
    counted *c = user;
    uint64_t place = 0;
    size_t slack = 0;
    (void)err;
    FUZZ_CHECK(size > 0 && size <= c->left);
    c->left -= size;
    FUZZ_CHECK(data != NULL);
    if (volume_place(c->volume, &place, &slack))
        FUZZ_CHECK(place < c->of && size <= c->of - place && volume_uses(c->volume, place));
    return ESPBAK_OK;
}

static void try_files(espbak_volume *volume, const espbak_file_list *list, size_t size)
{
    enum { READ_MOST = 32 };
    size_t read = 0;
    for (size_t i = 0; i < list->count; i++) {
        const espbak_file *entry = &list->entries[i];
        espbak_error err = {0};
        FUZZ_CHECK(entry->path[0] == '/' && strlen(entry->path) < ESPBAK_FILE_PATH_MAX);
        FUZZ_CHECK(i == 0 || strcmp(list->entries[i - 1].path, entry->path) <= 0);
        if (entry->folder || read++ >= READ_MOST)
            continue;
        counted c = {volume, (size_t)entry->size, size};
        const espbak_status status = espbak_volume_read(volume, entry, count, &c, &err);
        FUZZ_CHECK(status == ESPBAK_OK ? c.left == 0 : status == ESPBAK_E_FILE && err.message[0] != '\0');
    }
}

static void try_volume(const uint8_t *data, size_t size)
{
    contents c = {.bytes = data, .size = size};
    const espbak_image_reader reader = reader_of(&c);
    espbak_error err = {0};
    espbak_findings findings = {.count = 0};
    espbak_file_list list;
    espbak_volume *volume = NULL;
    FUZZ_CHECK(volume_open_noted(&volume, &reader, 0, size, &findings, &err) == ESPBAK_OK);
    if (volume != NULL) {
        FUZZ_CHECK(espbak_volume_list(volume, &list, &err) == ESPBAK_OK);
        FUZZ_CHECK(list.count <= ESPBAK_FILES_MAX);
        try_files(volume, &list, size);
        espbak_file_list_free(&list);
    }
    espbak_volume_close(volume);
    check_findings(&findings);
    espbak_findings_free(&findings);
}

static bool keep_none(const void *user, const uint8_t *data, size_t size)
{
    (void)data;
    FUZZ_CHECK(size <= *(const size_t *)user);
    return false;
}

/* What is blanked stays a log, and has nothing left to blank. */
static void try_log(uint8_t *bytes, size_t size)
{
    enum { BLOCK = 4096 };
    static uint8_t once[BLOCK];
    const size_t block = size < BLOCK ? size : BLOCK;
    if (block < 4 || !littlefs_log_blank(bytes, block, keep_none, &block))
        return;
    memcpy(once, bytes, block);
    FUZZ_CHECK(littlefs_log_blank(bytes, block, keep_none, &block) && memcmp(once, bytes, block) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_volume(data, size);
    uint8_t *copy = malloc(size + 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    repair(copy, size);
    try_volume(copy, size);
    try_log(copy, size);
    free(copy);
    return 0;
}
