/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "store/manifest/manifest_fields.h"
#include "store/manifest/manifest_number.h"

/* Text that came from a command line or a device becomes one line of valid UTF-8. */
static cJSON *text_item(const char *text)
{
    char line[1024];
    char clean[1024];
    snprintf(line, sizeof(line), "%s", text);
    for (char *p = line; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\t' || *p == '\r')
            *p = ' ';
    }
    bytes_printable(clean, sizeof(clean), line, strlen(line));
    return cJSON_CreateString(clean);
}

/* Not as a double: cJSON would write 1e+15. */
static cJSON *number_item(uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRIu64, value);
    return cJSON_CreateRaw(digits);
}

/* Not by printf's %f, whose decimal point depends on the locale. */
static cJSON *seconds_item(double seconds)
{
    char digits[32];
    const double limited = seconds > 0 && seconds < 1e12 ? seconds : 0;
    const uint64_t milliseconds = (uint64_t)(limited * 1000 + 0.5);
    snprintf(digits, sizeof(digits), "%" PRIu64 ".%03u", milliseconds / 1000, (unsigned)(milliseconds % 1000));
    return cJSON_CreateRaw(digits);
}

static cJSON *hex_item(const uint8_t *bytes, size_t size)
{
    char hex[2 * 64 + 1];
    bytes_to_hex(hex, bytes, size);
    return cJSON_CreateString(hex);
}

static cJSON *mac_item(const uint8_t mac[6])
{
    char text[18];
    snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return cJSON_CreateString(text);
}

static cJSON *jedec_item(uint64_t id)
{
    char text[16];
    snprintf(text, sizeof(text), "%06x", (unsigned)(id & 0xFFFFFF));
    return cJSON_CreateString(text);
}

static cJSON *bytes_item(const uint8_t *bytes, size_t size)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; array != NULL && i < size; i++) {
        if (!cJSON_AddItemToArray(array, cJSON_CreateNumber(bytes[i]))) {
            cJSON_Delete(array);
            return NULL;
        }
    }
    return array;
}

static cJSON *registers_item(uint64_t value)
{
    const uint8_t bytes[3] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16)};
    return bytes_item(bytes, sizeof(bytes));
}

static bool is_known(const manifest_field *field, const char *base)
{
    bool known = true;
    if (field->known != FIELD_NO_FLAG)
        memcpy(&known, base + field->known, sizeof(known));
    if (!known || field->presence != FIELD_OPTIONAL)
        return known;
    switch (field->kind) {
    case FIELD_TEXT:
        return base[field->at] != '\0';
    case FIELD_NUMBER:
        return field->known != FIELD_NO_FLAG || manifest_get_number(base + field->at, field->size) != 0;
    case FIELD_WORD:
    case FIELD_TRISTATE:
    case FIELD_JEDEC_ID:
        return manifest_get_number(base + field->at, field->size) != 0;
    case FIELD_UNIQUE_ID:
        return ((const espbak_manifest *)(const void *)base)->flash.unique_id_size != 0;
    default:
        return true;
    }
}

static cJSON *field_item(const manifest_field *field, const char *base)
{
    const char *at = base + field->at;
    const uint8_t *bytes = (const uint8_t *)at;
    switch (field->kind) {
    case FIELD_TEXT:
        return text_item(at);
    case FIELD_NUMBER:
        return number_item(manifest_get_number(at, field->size));
    case FIELD_FLAG:
        return cJSON_CreateBool(*bytes != 0);
    case FIELD_TRISTATE:
        return cJSON_CreateBool(manifest_get_number(at, field->size) == ESPBAK_YES);
    case FIELD_WORD: {
        const uint64_t index = manifest_get_number(at, field->size);
        return index < field->words->count ? cJSON_CreateString(field->words->rows[index].name) : NULL;
    }
    case FIELD_MAC:
        return mac_item(bytes);
    case FIELD_HEX:
        return hex_item(bytes, field->size);
    case FIELD_JEDEC_ID:
        return jedec_item(manifest_get_number(at, field->size));
    case FIELD_UNIQUE_ID: {
        const espbak_manifest *manifest = (const espbak_manifest *)(const void *)base;
        return hex_item(bytes, (size_t)bytes_min64(manifest->flash.unique_id_size, field->size));
    }
    case FIELD_REGISTERS:
        return registers_item(manifest_get_number(at, field->size));
    case FIELD_BYTES:
        return bytes_item(bytes, field->size);
    case FIELD_SECONDS: {
        double seconds;
        memcpy(&seconds, at, sizeof(seconds));
        return seconds_item(seconds);
    }
    case FIELD_WORDS: {
        char words[ESPBAK_EFUSE_BLOCK_TEXT];
        espbak_efuse_block_text(words, (const espbak_efuse_block *)(const void *)base);
        return cJSON_CreateString(words);
    }
    }
    return NULL;
}

/* The object of a section, made where it is missing; NULL when out of memory. */
static cJSON *section_of(cJSON *top, const char *section)
{
    cJSON *object = top;
    while (object != NULL && *section != '\0') {
        char name[32];
        const size_t length = strcspn(section, ".");
        snprintf(name, sizeof(name), "%.*s", (int)length, section);
        cJSON *inner = cJSON_GetObjectItemCaseSensitive(object, name);
        object = inner != NULL ? inner : cJSON_AddObjectToObject(object, name);
        section += length;
        section += *section == '.';
    }
    return object;
}

/* cJSON frees nothing that it could not add. */
static bool add(cJSON *object, const char *key, cJSON *item)
{
    if (object != NULL && item != NULL && cJSON_AddItemToObject(object, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool add_fields(cJSON *top, const manifest_field *fields, size_t count, const void *base)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_known(&fields[i], base))
            continue;
        if (!add(section_of(top, fields[i].section), fields[i].key, field_item(&fields[i], base)))
            return false;
    }
    return true;
}

static bool add_holes(cJSON *object, const espbak_region *region)
{
    cJSON *array = cJSON_AddArrayToObject(object, "unreadable");
    for (size_t i = 0; array != NULL && i < region->unreadable_count; i++) {
        cJSON *hole = cJSON_CreateObject();
        if (hole == NULL || !cJSON_AddItemToArray(array, hole))
            return false;
        if (!add(hole, "offset", number_item(region->unreadable[i].offset)) ||
            !add(hole, "size", number_item(region->unreadable[i].size)))
            return false;
    }
    return array != NULL;
}

static bool add_regions(cJSON *top, const espbak_manifest *manifest)
{
    cJSON *array = cJSON_AddArrayToObject(top, "regions");
    for (size_t i = 0; array != NULL && i < manifest->region_count; i++) {
        const espbak_region *region = &manifest->regions[i];
        cJSON *object = cJSON_CreateObject();
        if (object == NULL || !cJSON_AddItemToArray(array, object))
            return false;
        if (!add_fields(object, manifest_region_fields, manifest_region_field_count, region) ||
            !add_holes(object, region))
            return false;
    }
    return array != NULL;
}

/* Left out when it is empty: then nothing is known. */
static bool add_array(cJSON *top, const manifest_array *array, const espbak_manifest *manifest)
{
    const char *base = (const char *)manifest;
    const char *elements = base + array->at;
    size_t count;
    if (!array->within)
        memcpy(&elements, base + array->at, sizeof(elements));
    memcpy(&count, base + array->count_at, sizeof(count));
    if (count == 0)
        return true;
    cJSON *section = section_of(top, array->section);
    cJSON *list = section != NULL ? cJSON_AddArrayToObject(section, array->key) : NULL;
    for (size_t i = 0; list != NULL && i < count && i < array->max; i++) {
        cJSON *object = cJSON_CreateObject();
        if (object == NULL || !cJSON_AddItemToArray(list, object))
            return false;
        if (!add_fields(object, array->fields, array->field_count, elements + i * array->element_size))
            return false;
    }
    return list != NULL;
}

static bool build(cJSON *top, const espbak_manifest *manifest)
{
    if (!add(top, "format", cJSON_CreateString(manifest_format_name)) ||
        !add(top, "version", number_item(ESPBAK_MANIFEST_VERSION)))
        return false;
    for (size_t i = 0; i < manifest_field_count; i++) {
        const manifest_field *field = &manifest_fields[i];
        /* An imported dump came over no link that anybody knows of. */
        if (strcmp(field->section, "link") == 0 && manifest->link.port[0] == '\0')
            continue;
        if (!add_fields(top, field, 1, manifest))
            return false;
    }
    for (size_t i = 0; i < manifest_array_count; i++) {
        if (!add_array(top, &manifest_arrays[i], manifest))
            return false;
    }
    return add_regions(top, manifest);
}

espbak_status espbak_manifest_format(const espbak_manifest *manifest, char **json, espbak_error *err)
{
    *json = NULL;
    char *text = NULL;
    cJSON *top = cJSON_CreateObject();
    if (top != NULL && build(top, manifest))
        text = cJSON_Print(top);
    cJSON_Delete(top);
    if (text == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "the manifest cannot be written: out of memory");

    /* cJSON ends without a newline, and frees with its own hook. */
    const size_t size = strlen(text);
    char *copy = malloc(size + 2);
    if (copy != NULL)
        snprintf(copy, size + 2, "%s\n", text);
    cJSON_free(text);
    if (copy == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "the manifest cannot be written: out of memory");
    *json = copy;
    return ESPBAK_OK;
}
