/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/saved/nvs_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"

enum { VALUE_MOST = 1024 * 1024 };

typedef struct type_row {
    const char *name;
    uint8_t type;
    espbak_status (*take)(espbak_nvs_setting *setting, const char *value, espbak_error *err);
} type_row;

static espbak_status allocate(espbak_nvs_setting *setting, size_t size, uint8_t **out, espbak_error *err)
{
    *out = calloc(1, size + 1);
    setting->value = *out;
    setting->size = size;
    return *out != NULL ? ESPBAK_OK : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
}

static espbak_status take_number(espbak_nvs_setting *setting, const char *value, espbak_error *err)
{
    const bool is_signed = (setting->type & 0x10) != 0, negative = value[0] == '-';
    const unsigned bits = 8 * (setting->type & 15u);
    const uint64_t most = UINT64_MAX >> (64 - bits + is_signed);
    const char *digits = value + negative;
    char *end = NULL;
    uint8_t *bytes = NULL;
    errno = 0;
    const uint64_t number = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
    if (*digits < '0' || *digits > '9' || *end != '\0' || errno != 0 || (negative && !is_signed) ||
        number > most + negative)
        return espbak_fail(err, ESPBAK_E_USAGE, "the value of %s is not a number that %s can hold", setting->key,
                           espbak_nvs_type_name(setting->type));
    if (allocate(setting, bits / 8, &bytes, err) != ESPBAK_OK)
        return err->status;
    for (unsigned i = 0; i < bits / 8; i++)
        bytes[i] = (uint8_t)((negative ? 0 - number : number) >> 8 * i);
    return ESPBAK_OK;
}

static espbak_status take_string(espbak_nvs_setting *setting, const char *value, espbak_error *err)
{
    uint8_t *bytes = NULL;
    if (allocate(setting, strlen(value) + 1, &bytes, err) != ESPBAK_OK)
        return err->status;
    memcpy(bytes, value, setting->size);
    return ESPBAK_OK;
}

static espbak_status take_hex(espbak_nvs_setting *setting, const char *value, espbak_error *err)
{
    uint8_t *bytes = NULL;
    char *const lower = bytes_copy_text(value);
    espbak_status status = lower != NULL ? allocate(setting, strlen(value) / 2, &bytes, err)
                                         : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (char *p = lower; p != NULL && *p != '\0'; p++)
        *p = (char)(*p >= 'A' && *p <= 'F' ? *p - 'A' + 'a' : *p);
    if (status == ESPBAK_OK && !bytes_from_hex(bytes, setting->size, lower))
        status = espbak_fail(err, ESPBAK_E_USAGE, "the value of %s is not bytes in hex, two digits each", setting->key);
    free(lower);
    return status;
}

static espbak_status load_input(espbak_nvs_setting *setting, uint8_t **bytes, espbak_error *err)
{
    if (allocate(setting, VALUE_MOST, bytes, err) != ESPBAK_OK)
        return err->status;
    setting->size = fread(*bytes, 1, VALUE_MOST, stdin);
    return ESPBAK_OK;
}

static espbak_status load_value(espbak_nvs_setting *setting, const char *path, uint8_t **bytes, espbak_error *err)
{
    char *text = NULL;
    if (strcmp(path, "-") == 0)
        return load_input(setting, bytes, err);
    const espbak_status status = file_load(path, VALUE_MOST, &text, &setting->size, err);
    *bytes = (uint8_t *)text;
    setting->value = *bytes;
    return status;
}

static espbak_status take_blob_file(espbak_nvs_setting *setting, const char *value, espbak_error *err)
{
    uint8_t *bytes = NULL;
    return load_value(setting, value, &bytes, err);
}

/* Without the end of the line that editors and echo put there; both ways of loading have room for a zero. */
static espbak_status take_string_file(espbak_nvs_setting *setting, const char *value, espbak_error *err)
{
    uint8_t *bytes = NULL;
    if (load_value(setting, value, &bytes, err) != ESPBAK_OK)
        return err->status;
    if (setting->size > 0 && bytes[setting->size - 1] == '\n')
        setting->size--;
    if (setting->size > 0 && bytes[setting->size - 1] == '\r')
        setting->size--;
    bytes[setting->size++] = '\0';
    return ESPBAK_OK;
}

static const type_row rows[] = {
    {"u8", ESPBAK_NVS_U8, take_number},         {"u16", ESPBAK_NVS_U16, take_number},
    {"u32", ESPBAK_NVS_U32, take_number},       {"u64", ESPBAK_NVS_U64, take_number},
    {"i8", ESPBAK_NVS_I8, take_number},         {"i16", ESPBAK_NVS_I16, take_number},
    {"i32", ESPBAK_NVS_I32, take_number},       {"i64", ESPBAK_NVS_I64, take_number},
    {"string", ESPBAK_NVS_STRING, take_string}, {"string-file", ESPBAK_NVS_STRING, take_string_file},
    {"blob", ESPBAK_NVS_BLOB, take_hex},        {"blob-file", ESPBAK_NVS_BLOB, take_blob_file},
    {"hex2bin", ESPBAK_NVS_BLOB, take_hex}, /* as nvs_partition_gen calls it */
};

espbak_status nvs_value_take(espbak_nvs_setting *setting, const char *type, const char *value, espbak_error *err)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, type) != 0)
            continue;
        setting->type = rows[i].type;
        return rows[i].take(setting, value, err);
    }
    espbak_fail(err, ESPBAK_E_USAGE, "%s is no type of a key in NVS", type);
    espbak_error_hint(err, "write u8 to u64, i8 to i64, string, blob (in hex), string-file or blob-file");
    return ESPBAK_E_USAGE;
}
