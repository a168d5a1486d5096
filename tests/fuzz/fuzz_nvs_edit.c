/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings changed in what may be an NVS. The input begins with what is to be set, the partition follows; every other
 * run makes its CRCs right, and changes what is encrypted by a key that anybody knows.
 */
#include "espbak/nvs.h"

#include "image/crc32.h"
#include "reader.h"

enum { HEAD = 16, VALUE_MOST = 6000 };

static void repair(uint8_t *bytes, size_t size)
{
    for (size_t page = 0; page + ESPBAK_NVS_PAGE_SIZE <= size; page += ESPBAK_NVS_PAGE_SIZE) {
        bytes_put_le32(bytes + page + 28, crc32_esp(bytes + page + 4, 24));
        for (size_t at = page + 64; at < page + ESPBAK_NVS_PAGE_SIZE; at += 32)
            bytes_put_le32(bytes + at + 4, crc32_update(crc32_esp(bytes + at, 4), bytes + at + 8, 24));
    }
}

/* Names out of the input, so that keys that are there are found too. */
static void take_name(char out[ESPBAK_NVS_NAME_MAX + 1], const uint8_t *bytes, size_t size)
{
    memset(out, 0, ESPBAK_NVS_NAME_MAX + 1);
    for (size_t i = 0; i < size && bytes[i] != 0; i++)
        out[i] = (char)bytes[i];
}

static void try_setting(espbak_nvs_edit *edit, const uint8_t head[HEAD], bool all)
{
    static const uint8_t types[] = {ESPBAK_NVS_NOTHING, ESPBAK_NVS_U8,  ESPBAK_NVS_I64,       ESPBAK_NVS_STRING,
                                    ESPBAK_NVS_BLOB,    ESPBAK_NVS_U32, ESPBAK_NVS_BLOB_DATA, 0xEE};
    static uint8_t value[VALUE_MOST];
    char space[ESPBAK_NVS_NAME_MAX + 1], key[ESPBAK_NVS_NAME_MAX + 1];
    espbak_error err = {0};
    take_name(space, head + 3, 6);
    take_name(key, head + 9, 6);
    memset(value, 'x', sizeof(value));
    espbak_nvs_setting setting = {space, key, types[head[0] % sizeof(types)], value,
                                  bytes_get_le16(head + 1) % VALUE_MOST};
    if (all && setting.type != ESPBAK_NVS_STRING && (setting.type & 0xE0) == 0)
        setting.size = setting.type & 15u;
    if (setting.type == ESPBAK_NVS_STRING && setting.size > 0)
        value[setting.size - 1] = '\0';
    if (espbak_nvs_edit_apply(edit, &setting, &err) != ESPBAK_OK)
        FUZZ_CHECK(err.message[0] != '\0');
}

static void try_edit(const uint8_t *head, uint8_t *bytes, size_t size, const espbak_nvs_key *key)
{
    espbak_error err = {0};
    espbak_nvs_edit *edit = NULL;
    if (espbak_nvs_edit_open(&edit, bytes, size, key, &err) == ESPBAK_OK) {
        try_setting(edit, head, true);
        try_setting(edit, head, false);
        espbak_nvs_edit_free(edit);
    } else {
        FUZZ_CHECK(err.message[0] != '\0' && edit == NULL);
    }
    contents c = {.bytes = bytes, .size = size};
    const espbak_image_reader reader = reader_of(&c);
    espbak_nvs *nvs = NULL;
    FUZZ_CHECK(espbak_nvs_open(&nvs, &reader, 0, size, key, NULL, &err) == ESPBAK_OK);
    espbak_nvs_free(nvs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const espbak_nvs_key key = {.bytes = {1}};
    if (size < HEAD)
        return 0;
    const size_t rest = size - HEAD;
    uint8_t *copy = malloc(rest + 1);
    FUZZ_CHECK(copy != NULL);
    for (int run = 0; run < 3; run++) {
        memcpy(copy, data + HEAD, rest);
        if (run > 0)
            repair(copy, rest);
        try_edit(data, copy, rest, run == 2 ? &key : NULL);
    }
    free(copy);
    return 0;
}
