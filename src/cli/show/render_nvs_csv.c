/* SPDX-License-Identifier: Apache-2.0 */
/* As Espressif's nvs_partition_gen takes it: docs of ESP-IDF, "NVS Partition Generator Utility", CSV file format. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/show/render.h"

enum { NUMBER_MAX = 32 };

/* A field in quotes, as what is within it may need them. */
static void put_quoted(FILE *to, const char *text, size_t size)
{
    fputc('"', to);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            fputc('"', to);
        fputc(text[i], to);
    }
    fputc('"', to);
}

static espbak_status put_blob(FILE *to, const uint8_t *value, size_t size, espbak_error *err)
{
    char *hex = malloc(2 * size + 1);
    if (hex == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    bytes_to_hex(hex, value, size);
    fprintf(to, "hex2bin,%s\n", hex);
    free(hex);
    return ESPBAK_OK;
}

static espbak_status put_value(FILE *to, const espbak_nvs_item *item, const uint8_t *value, espbak_error *err)
{
    char number[NUMBER_MAX];
    const uint8_t *end = memchr(value, '\0', item->size);
    switch (item->type) {
    case ESPBAK_NVS_STRING:
        fputs("string,", to);
        put_quoted(to, (const char *)value, end != NULL ? (size_t)(end - value) : item->size);
        fputc('\n', to);
        return ESPBAK_OK;
    case ESPBAK_NVS_BLOB:
    case ESPBAK_NVS_BLOB_INDEX:
        return put_blob(to, value, item->size, err);
    default:
        espbak_nvs_value_text(item, value, number, sizeof(number));
        fprintf(to, "%s,%s\n", espbak_nvs_type_name(item->type), number);
        return ESPBAK_OK;
    }
}

static espbak_status put_item(FILE *to, const espbak_nvs *nvs, const espbak_nvs_item *item, espbak_error *err)
{
    uint8_t *value = NULL;
    if (espbak_nvs_read_value(nvs, item, &value, err) != ESPBAK_OK)
        return err->status;
    fprintf(to, "%s,data,", item->key);
    const espbak_status status = put_value(to, item, value, err);
    espbak_free(value);
    return status;
}

espbak_status render_nvs_csv(output *out, const espbak_nvs *nvs, const char *space, size_t *left_out, espbak_error *err)
{
    const espbak_nvs_item *item;
    char last[ESPBAK_NVS_NAME_MAX] = "";
    fputs("key,type,encoding,value\n", out->stream);
    for (size_t i = 0; (item = espbak_nvs_item_at(nvs, i)) != NULL; i++) {
        if (space != NULL && strcmp(item->space, space) != 0)
            continue;
        if (!item->intact) {
            (*left_out)++;
            continue;
        }
        if (strcmp(last, item->space) != 0)
            fprintf(out->stream, "%s,namespace,,\n", item->space);
        memcpy(last, item->space, sizeof(last));
        if (put_item(out->stream, nvs, item, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}
