/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "espbak/device.h"
#include "espbak/profile.h"
#include "store/manifest/json_scan.h"

enum { SIZE_MAX_BYTES = 64 * 1024, SECTOR = 4096 };
static const uint64_t BAUD_MAX = 20000000;

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

static espbak_status wrong(const char *key, const char *what, espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_FILE, "%s %s", key, what);
}

static espbak_status take_text(const cJSON *object, const char *key, bool required, const char *allowed, char *out,
                               size_t capacity, espbak_error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    out[0] = '\0';
    if (item == NULL)
        return required ? wrong(key, "is missing", err) : ESPBAK_OK;
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= capacity || item->valuestring[0] == '\0')
        return wrong(key, "is not a text of a length that can be used", err);
    if (allowed != NULL && strspn(item->valuestring, allowed) != strlen(item->valuestring))
        return wrong(key, "has characters that it cannot have", err);
    bytes_printable(out, capacity, item->valuestring, strlen(item->valuestring));
    return ESPBAK_OK;
}

static espbak_status take_number(const cJSON *object, const char *key, bool required, uint64_t max, uint64_t *out,
                                 espbak_error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    *out = 0;
    if (item == NULL)
        return required ? wrong(key, "is missing", err) : ESPBAK_OK;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= (double)max))
        return wrong(key, "is not a number within its range", err);
    *out = (uint64_t)item->valuedouble;
    return (double)*out == item->valuedouble ? ESPBAK_OK : wrong(key, "is not a whole number", err);
}

static espbak_status take_id(const cJSON *object, const char *key, uint16_t *out, espbak_error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    uint8_t bytes[2];
    if (!cJSON_IsString(item) || !bytes_from_hex(bytes, sizeof(bytes), item->valuestring))
        return wrong(key, "is not four lower-case hex digits", err);
    *out = (uint16_t)(bytes[0] << 8 | bytes[1]);
    return ESPBAK_OK;
}

static espbak_status take_usb(const cJSON *top, espbak_profile *profile, espbak_error *err)
{
    const cJSON *usb = cJSON_GetObjectItemCaseSensitive(top, "usb");
    uint64_t interface = 0;
    profile->usb_interface = -1;
    if (usb == NULL)
        return ESPBAK_OK;
    if (!cJSON_IsObject(usb))
        return wrong("usb", "is not an object", err);
    if (take_id(usb, "vid", &profile->vid, err) != ESPBAK_OK || take_id(usb, "pid", &profile->pid, err) != ESPBAK_OK ||
        take_text(usb, "description", false, NULL, profile->port_description, sizeof(profile->port_description), err) !=
            ESPBAK_OK ||
        take_number(usb, "interface", false, 255, &interface, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "usb");
    if (cJSON_HasObjectItem(usb, "interface"))
        profile->usb_interface = (int)interface;
    profile->usb_known = true;
    return ESPBAK_OK;
}

static espbak_status take_part(const cJSON *item, espbak_profile_part *part, espbak_error *err)
{
    if (take_text(item, "name", true, NULL, part->name, sizeof(part->name), err) != ESPBAK_OK ||
        take_text(item, "type", true, plain, part->type, sizeof(part->type), err) != ESPBAK_OK ||
        take_text(item, "subtype", true, plain, part->subtype, sizeof(part->subtype), err) != ESPBAK_OK ||
        take_number(item, "offset", true, ESPBAK_FLASH_SIZE_MAX, &part->offset, err) != ESPBAK_OK ||
        take_number(item, "size", true, ESPBAK_FLASH_SIZE_MAX, &part->size, err) != ESPBAK_OK)
        return err->status;
    if (part->size == 0 || part->offset % SECTOR != 0 || part->size % SECTOR != 0 ||
        !bytes_range_within(part->offset, part->size, ESPBAK_FLASH_SIZE_MAX))
        return wrong("size", "and offset are not whole sectors of a flash", err);
    return ESPBAK_OK;
}

static espbak_status take_parts(const cJSON *top, espbak_profile *profile, espbak_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(top, "partitions");
    if (list == NULL)
        return ESPBAK_OK;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > ESPBAK_PROFILE_PARTS_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "partitions is not an array of at most %d", ESPBAK_PROFILE_PARTS_MAX);
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (take_part(item, &profile->parts[profile->part_count], err) != ESPBAK_OK)
            return espbak_error_prefix(err, "partitions[%zu]", profile->part_count);
        profile->part_count++;
    }
    return ESPBAK_OK;
}

static espbak_status take_all(const cJSON *top, espbak_profile *profile, espbak_error *err)
{
    char format[32];
    uint64_t version = 0, baud = 0;
    const cJSON *no_stub = cJSON_GetObjectItemCaseSensitive(top, "no_stub");
    if (take_text(top, "format", true, NULL, format, sizeof(format), err) != ESPBAK_OK)
        return err->status;
    if (strcmp(format, "espbak-profile") != 0)
        return wrong("format", "is not \"espbak-profile\"", err);
    if (take_number(top, "version", true, UINT32_MAX, &version, err) != ESPBAK_OK)
        return err->status;
    if (version != ESPBAK_PROFILE_VERSION)
        return wrong("version", "is not one that this espbak knows", err);
    if (no_stub != NULL && !cJSON_IsBool(no_stub))
        return wrong("no_stub", "is neither true nor false", err);
    profile->no_stub = cJSON_IsTrue(no_stub);
    if (take_text(top, "name", true, plain, profile->name, sizeof(profile->name), err) != ESPBAK_OK ||
        take_text(top, "title", true, NULL, profile->title, sizeof(profile->title), err) != ESPBAK_OK ||
        take_text(top, "chip", true, plain, profile->chip, sizeof(profile->chip), err) != ESPBAK_OK ||
        take_number(top, "flash_size", false, ESPBAK_FLASH_SIZE_MAX, &profile->flash_size, err) != ESPBAK_OK ||
        take_number(top, "baud", false, BAUD_MAX, &baud, err) != ESPBAK_OK)
        return err->status;
    profile->baud = (uint32_t)baud;
    if (take_usb(top, profile, err) != ESPBAK_OK)
        return err->status;
    return take_parts(top, profile, err);
}

espbak_status espbak_profile_parse(espbak_profile *profile, const char *json, size_t size, espbak_error *err)
{
    cJSON *top = NULL;
    *profile = (espbak_profile){.usb_interface = -1};
    if (size > SIZE_MAX_BYTES)
        return espbak_fail(err, ESPBAK_E_FILE, "larger than %d bytes", SIZE_MAX_BYTES);
    espbak_status status = json_parse(&top, json, size, err);
    if (status == ESPBAK_OK)
        status = take_all(top, profile, err);
    cJSON_Delete(top);
    return status;
}
