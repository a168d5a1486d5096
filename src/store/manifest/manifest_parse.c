/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "store/manifest/json_scan.h"
#include "store/manifest/manifest_check.h"
#include "store/manifest/manifest_fields.h"
#include "store/manifest/manifest_number.h"

/* A field as messages name it: "flash.size", "regions[2].offset". */
typedef struct field_name {
    char text[96];
} field_name;

static field_name name_of(const manifest_field *field, const char *where)
{
    field_name name;
    snprintf(name.text, sizeof(name.text), "%s%s%s%s", where, field->section, field->section[0] == '\0' ? "" : ".",
             field->key);
    return name;
}

/* Whole and within [0, max]; the comparison also turns NaN away. */
static bool whole_number(const cJSON *item, uint64_t max, uint64_t *value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > (double)MANIFEST_NUMBER_MAX)
        return false;
    *value = (uint64_t)item->valuedouble;
    return (double)*value == item->valuedouble && *value <= max;
}

/* Each of the functions below answers NULL, or what the field is not. */

static const char *take_text(const cJSON *item, char *out, size_t capacity)
{
    if (!cJSON_IsString(item))
        return "is not a string";
    const size_t length = strlen(item->valuestring);
    if (length >= capacity)
        return "is too long";
    bytes_printable(out, capacity, item->valuestring, length);
    return NULL;
}

static const char *take_hex(const cJSON *item, uint8_t *out, size_t size)
{
    return cJSON_IsString(item) && bytes_from_hex(out, size, item->valuestring)
               ? NULL
               : "is not the right number of lower-case hex digits";
}

static const char *take_unique_id(const cJSON *item, espbak_flash_info *flash)
{
    const size_t length = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
    if (length == 0 || length > 2 * sizeof(flash->unique_id))
        return "is not the right number of lower-case hex digits";
    flash->unique_id_size = (uint8_t)(length / 2);
    return take_hex(item, flash->unique_id, length / 2);
}

static const char *take_jedec_id(const cJSON *item, char *at, size_t size)
{
    uint8_t id[3];
    const char *problem = take_hex(item, id, sizeof(id));
    if (problem == NULL)
        manifest_put_number(at, size, (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2]);
    return problem;
}

static const char *take_mac(const cJSON *item, uint8_t mac[6])
{
    static const char problem[] = "is not a MAC address such as a0:b1:c2:d3:e4:f5";
    if (!cJSON_IsString(item) || strlen(item->valuestring) != 17)
        return problem;
    for (size_t i = 0; i < 6; i++) {
        const char *p = item->valuestring + 3 * i;
        const char pair[3] = {p[0], p[1], '\0'};
        if ((i < 5 && p[2] != ':') || !bytes_from_hex(&mac[i], 1, pair))
            return problem;
    }
    return NULL;
}

static const char *take_bytes(const cJSON *item, uint8_t *out, size_t size)
{
    static const char problem[] = "is not the right number of bytes from 0 to 255";
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != (int)size)
        return problem;
    for (const cJSON *element = item->child; element != NULL; element = element->next) {
        uint64_t value;
        if (!whole_number(element, 255, &value))
            return problem;
        *out++ = (uint8_t)value;
    }
    return NULL;
}

static const char *take_registers(const cJSON *item, char *at, size_t size)
{
    uint8_t bytes[3] = {0};
    const char *problem = take_bytes(item, bytes, sizeof(bytes));
    if (problem == NULL)
        manifest_put_number(at, size, bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16);
    return problem;
}

static const char *take_word(const cJSON *item, const manifest_field *field, char *at)
{
    size_t value;
    if (cJSON_IsString(item) && words_find(field->words, item->valuestring, &value)) {
        manifest_put_number(at, field->size, value);
        return NULL;
    }
    return "is not a word that is known here";
}

static const char *take_number(const cJSON *item, const manifest_field *field, char *at)
{
    uint64_t value;
    if (!whole_number(item, field->max, &value))
        return "is not a whole number within its range";
    manifest_put_number(at, field->size, value);
    return NULL;
}

static const char *take_truth(const cJSON *item, const manifest_field *field, char *at)
{
    if (!cJSON_IsBool(item))
        return "is neither true nor false";
    if (field->kind == FIELD_TRISTATE)
        manifest_put_number(at, field->size, cJSON_IsTrue(item) ? ESPBAK_YES : ESPBAK_NO);
    else
        *at = cJSON_IsTrue(item) ? 1 : 0;
    return NULL;
}

static const char *take_seconds(const cJSON *item, char *at)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= 1e12))
        return "is not a number of seconds";
    memcpy(at, &item->valuedouble, sizeof(double));
    return NULL;
}

static const char *take_words(const cJSON *item, espbak_efuse_block *block)
{
    static const char problem[] = "is not words of eight lower-case hex digits, as many as a block has";
    const size_t length = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
    if (length >= ESPBAK_EFUSE_BLOCK_TEXT || length % 9 != 8)
        return problem;
    for (const char *p = item->valuestring; block->count <= length / 9; p += 9, block->count++) {
        char digits[9];
        uint8_t bytes[4];
        snprintf(digits, sizeof(digits), "%.8s", p);
        if (!bytes_from_hex(bytes, sizeof(bytes), digits) || (p[8] != ' ' && p[8] != '\0'))
            return problem;
        block->words[block->count] =
            (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    }
    return NULL;
}

static const char *take(const cJSON *item, const manifest_field *field, char *base)
{
    char *at = base + field->at;
    switch (field->kind) {
    case FIELD_TEXT:
        return take_text(item, at, field->size);
    case FIELD_NUMBER:
        return take_number(item, field, at);
    case FIELD_FLAG:
    case FIELD_TRISTATE:
        return take_truth(item, field, at);
    case FIELD_WORD:
        return take_word(item, field, at);
    case FIELD_MAC:
        return take_mac(item, (uint8_t *)at);
    case FIELD_HEX:
        return take_hex(item, (uint8_t *)at, field->size);
    case FIELD_JEDEC_ID:
        return take_jedec_id(item, at, field->size);
    case FIELD_UNIQUE_ID:
        return take_unique_id(item, &((espbak_manifest *)(void *)base)->flash);
    case FIELD_REGISTERS:
        return take_registers(item, at, field->size);
    case FIELD_BYTES:
        return take_bytes(item, (uint8_t *)at, field->size);
    case FIELD_SECONDS:
        return take_seconds(item, at);
    case FIELD_WORDS:
        return take_words(item, (espbak_efuse_block *)(void *)base);
    }
    return "is of no kind that is known here";
}

/* NULL when a level is missing; *problem when one is there and no object. */
static const cJSON *section_of(const cJSON *top, const char *section, const char **problem)
{
    const cJSON *object = top;
    while (object != NULL && *section != '\0') {
        char name[32];
        const size_t length = strcspn(section, ".");
        snprintf(name, sizeof(name), "%.*s", (int)length, section);
        object = cJSON_GetObjectItemCaseSensitive(object, name);
        if (object != NULL && !cJSON_IsObject(object))
            *problem = "does not stand in an object";
        section += length;
        section += *section == '.';
    }
    return object;
}

static espbak_status parse_field(const cJSON *top, const manifest_field *field, const char *where, char *base,
                                 espbak_error *err)
{
    const char *problem = NULL;
    const cJSON *section = section_of(top, field->section, &problem);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(section, field->key);
    const bool absent = item == NULL || cJSON_IsNull(item);
    if (problem == NULL && absent && field->presence == FIELD_REQUIRED)
        problem = "is missing";
    if (problem == NULL && !absent) {
        const bool known = true;
        problem = take(item, field, base);
        if (field->known != FIELD_NO_FLAG)
            memcpy(base + field->known, &known, sizeof(known));
    }
    if (problem != NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "%s %s", name_of(field, where).text, problem);
    return ESPBAK_OK;
}

static espbak_status parse_fields(const cJSON *top, const manifest_field *fields, size_t count, const char *where,
                                  void *base, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < count && status == ESPBAK_OK; i++)
        status = parse_field(top, &fields[i], where, base, err);
    return status;
}

static bool take_hole(const cJSON *item, espbak_hole *hole)
{
    return whole_number(cJSON_GetObjectItemCaseSensitive(item, "offset"), MANIFEST_NUMBER_MAX, &hole->offset) &&
           whole_number(cJSON_GetObjectItemCaseSensitive(item, "size"), MANIFEST_NUMBER_MAX, &hole->size);
}

/* Fills region->unreadable, which the caller frees. */
static espbak_status parse_holes(const cJSON *object, const char *where, espbak_region *region, espbak_error *err)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "unreadable");
    if (array == NULL)
        return ESPBAK_OK;
    const int count = cJSON_GetArraySize(array);
    if (!cJSON_IsArray(array) || count > ESPBAK_HOLES_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "%sunreadable is not an array of at most %d ranges", where,
                           ESPBAK_HOLES_MAX);
    if (count == 0)
        return ESPBAK_OK;
    region->unreadable = calloc((size_t)count, sizeof(*region->unreadable));
    if (region->unreadable == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (const cJSON *item = array->child; item != NULL; item = item->next) {
        if (!take_hole(item, &region->unreadable[region->unreadable_count]))
            return espbak_fail(err, ESPBAK_E_FILE, "%sunreadable[%zu] is not a range of whole numbers", where,
                               region->unreadable_count);
        region->unreadable_count++;
    }
    return ESPBAK_OK;
}

static espbak_status parse_region(const cJSON *item, espbak_manifest *manifest, espbak_error *err)
{
    char where[32];
    espbak_region region = {0};
    snprintf(where, sizeof(where), "regions[%zu].", manifest->region_count);
    espbak_status status = parse_fields(item, manifest_region_fields, manifest_region_field_count, where, &region, err);
    if (status == ESPBAK_OK)
        status = parse_holes(item, where, &region, err);
    if (status == ESPBAK_OK)
        status = espbak_manifest_add_region(manifest, &region, err);
    free(region.unreadable);
    return status;
}

static espbak_status parse_regions(const cJSON *top, espbak_manifest *manifest, espbak_error *err)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(top, "regions");
    if (!cJSON_IsArray(array))
        return espbak_fail(err, ESPBAK_E_FILE, "regions is not an array");
    espbak_status status = ESPBAK_OK;
    for (const cJSON *item = array->child; item != NULL && status == ESPBAK_OK; item = item->next)
        status = parse_region(item, manifest, err);
    return status;
}

/* The struct has the elements from the start, so that they are freed with it also when one of them is bad. */
static espbak_status parse_elements(const cJSON *list, const manifest_array *array, const char *name,
                                    espbak_manifest *manifest, espbak_error *err)
{
    char *base = (char *)manifest, where[64];
    char *elements =
        array->within ? base + array->at : calloc((size_t)cJSON_GetArraySize(list) + 1, array->element_size);
    size_t count = 0;
    if (elements == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (!array->within)
        memcpy(base + array->at, &elements, sizeof(elements));
    for (const cJSON *item = list->child; item != NULL; item = item->next, count++) {
        snprintf(where, sizeof(where), "%s[%zu].", name, count);
        if (parse_fields(item, array->fields, array->field_count, where, elements + count * array->element_size, err) !=
            ESPBAK_OK)
            return err->status;
    }
    memcpy(base + array->count_at, &count, sizeof(count));
    return ESPBAK_OK;
}

static espbak_status parse_array(const cJSON *top, const manifest_array *array, espbak_manifest *manifest,
                                 espbak_error *err)
{
    const char *problem = NULL;
    char name[48];
    snprintf(name, sizeof(name), "%s%s%s", array->section, array->section[0] == '\0' ? "" : ".", array->key);
    const cJSON *section = section_of(top, array->section, &problem);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(section, array->key);
    if (problem != NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "%s %s", name, problem);
    if (list == NULL || cJSON_IsNull(list))
        return ESPBAK_OK;
    if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) > array->max)
        return espbak_fail(err, ESPBAK_E_FILE, "%s is not an array of at most %zu elements", name, array->max);
    return parse_elements(list, array, name, manifest, err);
}

static espbak_status parse_arrays(const cJSON *top, espbak_manifest *manifest, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (size_t i = 0; i < manifest_array_count && status == ESPBAK_OK; i++)
        status = parse_array(top, &manifest_arrays[i], manifest, err);
    return status;
}

static espbak_status check_format(const cJSON *top, espbak_error *err)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(top, "format");
    if (!cJSON_IsString(format) || strcmp(format->valuestring, manifest_format_name) != 0)
        return espbak_fail(err, ESPBAK_E_FILE, "format is not \"%s\"", manifest_format_name);
    uint64_t version = 0;
    if (!whole_number(cJSON_GetObjectItemCaseSensitive(top, "version"), MANIFEST_NUMBER_MAX, &version) || version == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "version is not a whole number from 1");
    if (version == ESPBAK_MANIFEST_VERSION)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "version %llu of the format is newer than this espbak, which knows version %d",
                (unsigned long long)version, ESPBAK_MANIFEST_VERSION);
    espbak_error_hint(err, "use a newer espbak for this backup");
    return ESPBAK_E_FILE;
}

espbak_status espbak_manifest_parse(espbak_manifest *manifest, const char *json, size_t size, espbak_error *err)
{
    *manifest = (espbak_manifest){0};
    if (size > ESPBAK_MANIFEST_SIZE_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "larger than %d bytes", ESPBAK_MANIFEST_SIZE_MAX);
    cJSON *top = NULL;
    espbak_status status = json_parse(&top, json, size, err);
    if (status != ESPBAK_OK)
        return status;
    status = check_format(top, err);
    if (status == ESPBAK_OK)
        status = parse_fields(top, manifest_fields, manifest_field_count, "", manifest, err);
    if (status == ESPBAK_OK)
        status = parse_arrays(top, manifest, err);
    if (status == ESPBAK_OK)
        status = parse_regions(top, manifest, err);
    if (status == ESPBAK_OK)
        status = manifest_check(manifest, err);
    if (status != ESPBAK_OK)
        espbak_manifest_free(manifest);
    cJSON_Delete(top);
    return status;
}
