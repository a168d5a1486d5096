/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/stub/image.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* 0 to 63, or 64 for a character that is none of base64. */
static uint32_t sextet(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *const at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (uint32_t)(at - alphabet) : 64;
}

/* Whole groups only, padding at the very end only (RFC 4648). `out` has room for 3 bytes a group. */
static bool decode_base64(const char *text, size_t size, uint8_t *out, size_t *out_size)
{
    *out_size = 0;
    if (size % 4 != 0)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        const bool last = i + 4 == size;
        const unsigned padding = !last ? 0 : text[i + 2] == '=' && text[i + 3] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
        uint32_t group = 0;
        for (unsigned k = 0; k < 4; k++) {
            const uint32_t value = k >= 4 - padding ? 0 : sextet(text[i + k]);
            if (value == 64)
                return false;
            group = group << 6 | value;
        }
        for (unsigned k = 0; k < 3 - padding; k++)
            out[(*out_size)++] = (uint8_t)(group >> (16 - 8 * k));
    }
    return true;
}

static espbak_status get_address(const cJSON *object, const char *key, uint32_t *address, espbak_error *err)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item))
        return espbak_fail(err, ESPBAK_E_FILE, "\"%s\" is missing or not a number", key);
    if (!(item->valuedouble >= 0 && item->valuedouble <= 4294967295.0))
        return espbak_fail(err, ESPBAK_E_FILE, "\"%s\" is not an address", key);
    *address = (uint32_t)item->valuedouble;
    if ((double)*address != item->valuedouble)
        return espbak_fail(err, ESPBAK_E_FILE, "\"%s\" is not an address", key);
    return ESPBAK_OK;
}

static espbak_status get_segment(const cJSON *object, const char *key, const char *start_key, stub_segment *segment,
                                 espbak_error *err)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsString(item) || item->valuestring == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "\"%s\" is missing or not a text", key);
    const espbak_status status = get_address(object, start_key, &segment->address, err);
    if (status != ESPBAK_OK)
        return status;
    const size_t length = strlen(item->valuestring);
    segment->bytes = malloc(length / 4 * 3 + 1);
    if (segment->bytes == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (!decode_base64(item->valuestring, length, segment->bytes, &segment->size) || segment->size == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "\"%s\" is not base64", key);
    return ESPBAK_OK;
}

static bool fits(const stub_segment *segment, const chip_range *ram)
{
    for (unsigned i = 0; i < CHIP_RAM_RANGES; i++) {
        if (segment->address >= ram[i].start && segment->address < ram[i].end &&
            segment->size <= ram[i].end - segment->address)
            return true;
    }
    return false;
}

static bool overlap(const stub_segment *a, const stub_segment *b)
{
    return a->address < (uint64_t)b->address + b->size && b->address < (uint64_t)a->address + a->size;
}

static espbak_status check_layout(const stub_image *image, const chip_range *ram, espbak_error *err)
{
    if (!fits(&image->text, ram))
        return espbak_fail(err, ESPBAK_E_FILE, "its code (%zu bytes at 0x%08X) is outside the chip's memory",
                           image->text.size, (unsigned)image->text.address);
    if (image->data.size > 0 && !fits(&image->data, ram))
        return espbak_fail(err, ESPBAK_E_FILE, "its data (%zu bytes at 0x%08X) are outside the chip's memory",
                           image->data.size, (unsigned)image->data.address);
    if (image->data.size > 0 && overlap(&image->text, &image->data))
        return espbak_fail(err, ESPBAK_E_FILE, "its code and data overlap");
    if (image->entry < image->text.address || image->entry - image->text.address >= image->text.size)
        return espbak_fail(err, ESPBAK_E_FILE, "its entry 0x%08X is outside its code", (unsigned)image->entry);
    return ESPBAK_OK;
}

espbak_status stub_image_parse(stub_image *image, const char *json, size_t size, const chip_range *ram,
                               espbak_error *err)
{
    memset(image, 0, sizeof(*image));
    cJSON *const object = size <= STUB_FILE_MAX ? cJSON_ParseWithLength(json, size) : NULL;
    espbak_status status = ESPBAK_OK;
    if (!cJSON_IsObject(object))
        status = espbak_fail(err, ESPBAK_E_FILE, "it is not a JSON object");
    if (status == ESPBAK_OK)
        status = get_address(object, "entry", &image->entry, err);
    if (status == ESPBAK_OK)
        status = get_segment(object, "text", "text_start", &image->text, err);
    if (status == ESPBAK_OK && cJSON_HasObjectItem(object, "data"))
        status = get_segment(object, "data", "data_start", &image->data, err);
    if (status == ESPBAK_OK)
        status = check_layout(image, ram, err);
    cJSON_Delete(object);
    if (status != ESPBAK_OK)
        stub_image_free(image);
    return status;
}

void stub_image_free(stub_image *image)
{
    free(image->text.bytes);
    free(image->data.bytes);
    memset(image, 0, sizeof(*image));
}
