/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "store/manifest/json_scan.h"
#include "store/manifest/manifest_check.h"
#include "store/manifest/manifest_fields.h"

const char journal_file_name[] = "journal.json";
static const char format_name[] = "espbak-journal";

void journal_init(journal *j, const espbak_manifest *manifest)
{
    *j = (journal){.flash_size = manifest->flash.size};
    snprintf(j->created, sizeof(j->created), "%s", manifest->created);
    snprintf(j->chip, sizeof(j->chip), "%s", manifest->chip);
    bytes_printable(j->note, sizeof(j->note), manifest->note, sizeof(manifest->note));
    if (!manifest->mac_known)
        return;
    const uint8_t *mac = manifest->mac;
    snprintf(j->mac, sizeof(j->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void journal_free(journal *j)
{
    free(j->regions);
    *j = (journal){0};
}

static journal_region *grow(journal *j)
{
    journal_region *grown = realloc(j->regions, (j->region_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    j->regions = grown;
    grown[j->region_count] = (journal_region){0};
    return &grown[j->region_count];
}

espbak_status journal_add(journal *j, const espbak_region *region, espbak_error *err)
{
    journal_region *added = grow(j);
    if (added == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(added->name, sizeof(added->name), "%s", region->name);
    snprintf(added->type, sizeof(added->type), "%s", region->type);
    snprintf(added->subtype, sizeof(added->subtype), "%s", region->subtype);
    snprintf(added->file, sizeof(added->file), "%s", region->file);
    added->offset = region->offset;
    added->size = region->size;
    j->region_count++;
    return ESPBAK_OK;
}

void journal_progress(const journal *j, uint64_t *done, uint64_t *size)
{
    *done = 0;
    *size = 0;
    for (size_t i = 0; i < j->region_count; i++) {
        *done += j->regions[i].done;
        *size += j->regions[i].size;
    }
}

static bool add_number(cJSON *object, const char *key, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRIu64, value);
    return cJSON_AddRawToObject(object, key, digits) != NULL;
}

static bool add_region(cJSON *array, const journal_region *region)
{
    cJSON *object = cJSON_CreateObject();
    if (object == NULL || !cJSON_AddItemToArray(array, object))
        return false;
    return cJSON_AddStringToObject(object, "name", region->name) != NULL &&
           cJSON_AddStringToObject(object, "type", region->type) != NULL &&
           cJSON_AddStringToObject(object, "subtype", region->subtype) != NULL &&
           cJSON_AddStringToObject(object, "file", region->file) != NULL &&
           add_number(object, "offset", region->offset) && add_number(object, "size", region->size) &&
           add_number(object, "done", region->done);
}

static bool build(cJSON *top, const journal *j)
{
    bool ok =
        cJSON_AddStringToObject(top, "format", format_name) != NULL && add_number(top, "version", JOURNAL_VERSION) &&
        cJSON_AddStringToObject(top, "created", j->created) != NULL &&
        cJSON_AddStringToObject(top, "chip", j->chip) != NULL && cJSON_AddStringToObject(top, "mac", j->mac) != NULL &&
        cJSON_AddStringToObject(top, "note", j->note) != NULL && add_number(top, "flash_size", j->flash_size);
    cJSON *array = ok ? cJSON_AddArrayToObject(top, "regions") : NULL;
    for (size_t i = 0; array != NULL && i < j->region_count; i++)
        ok = ok && add_region(array, &j->regions[i]);
    return ok && array != NULL;
}

espbak_status journal_save(const journal *j, const char *folder, espbak_error *err)
{
    espbak_status status = ESPBAK_E_INTERNAL;
    file *f = NULL;
    char *text = NULL;
    char *path = file_join(folder, journal_file_name);
    cJSON *top = cJSON_CreateObject();
    if (path != NULL && top != NULL && build(top, j))
        text = cJSON_Print(top);
    if (text == NULL) {
        espbak_fail(err, status, "out of memory");
        goto out;
    }
    status = file_create_atomic(&f, path, true, err);
    if (status == ESPBAK_OK)
        status = file_write(f, text, strlen(text), err);
    status = file_end(f, status, err);
out:
    cJSON_free(text);
    cJSON_Delete(top);
    free(path);
    return status;
}

static bool take_text(const cJSON *object, const char *key, char *out, size_t capacity)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= capacity)
        return false;
    bytes_printable(out, capacity, item->valuestring, strlen(item->valuestring));
    return true;
}

static bool take_number(const cJSON *object, const char *key, uint64_t max, uint64_t *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > (double)MANIFEST_NUMBER_MAX)
        return false;
    *value = (uint64_t)item->valuedouble;
    return (double)*value == item->valuedouble && *value <= max;
}

static bool take_region(const cJSON *item, uint64_t flash_size, journal_region *region)
{
    return take_text(item, "name", region->name, sizeof(region->name)) &&
           take_text(item, "type", region->type, sizeof(region->type)) &&
           take_text(item, "subtype", region->subtype, sizeof(region->subtype)) &&
           take_text(item, "file", region->file, sizeof(region->file)) && manifest_file_name_ok(region->file) &&
           take_number(item, "offset", flash_size, &region->offset) &&
           take_number(item, "size", flash_size - region->offset, &region->size) &&
           take_number(item, "done", region->size, &region->done);
}

static bool take_all(const cJSON *top, journal *j)
{
    char format[32];
    uint64_t version;
    if (!take_text(top, "format", format, sizeof(format)) || strcmp(format, format_name) != 0 ||
        !take_number(top, "version", JOURNAL_VERSION, &version) || version != JOURNAL_VERSION)
        return false;
    if (!take_text(top, "created", j->created, sizeof(j->created)) ||
        (j->created[0] != '\0' && !manifest_time_ok(j->created)) || !take_text(top, "chip", j->chip, sizeof(j->chip)) ||
        !take_text(top, "mac", j->mac, sizeof(j->mac)) || !take_text(top, "note", j->note, sizeof(j->note)) ||
        !take_number(top, "flash_size", ESPBAK_FLASH_SIZE_MAX, &j->flash_size))
        return false;
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(top, "regions");
    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > ESPBAK_REGIONS_MAX)
        return false;
    for (const cJSON *item = array->child; item != NULL; item = item->next) {
        journal_region *region = grow(j);
        if (region == NULL || !take_region(item, j->flash_size, region))
            return false;
        j->region_count++;
    }
    return true;
}

espbak_status journal_parse(journal *j, const char *text, size_t size, espbak_error *err)
{
    *j = (journal){0};
    cJSON *top = NULL;
    espbak_status status = json_parse(&top, text, size, err);
    if (status == ESPBAK_OK && !take_all(top, j))
        status = espbak_fail(err, ESPBAK_E_FILE, "a field is missing or out of range");
    if (status != ESPBAK_OK)
        journal_free(j);
    cJSON_Delete(top);
    return status;
}

espbak_status journal_load(journal *j, const char *folder, espbak_error *err)
{
    *j = (journal){0};
    char *text = NULL;
    size_t size = 0;
    char *path = file_join(folder, journal_file_name);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = file_load(path, JOURNAL_SIZE_MAX, &text, &size, err);
    if (status == ESPBAK_OK) {
        status = journal_parse(j, text, size, err);
        if (status != ESPBAK_OK)
            status = espbak_error_prefix(err, "%s", path);
    }
    free(text);
    free(path);
    return status;
}
