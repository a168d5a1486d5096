/* SPDX-License-Identifier: Apache-2.0 */
#include "store/manifest/json_scan.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

enum {
    DEPTH_MAX = 16,
    VALUES_MAX = 65536,
    KEYS_MAX = 512, /* of one object; comparing each with each stays cheap */
};

/* Steps over a string, the opening quote at `i`; returns where its closing quote is, or `size`. */
static size_t scan_string(const char *text, size_t size, size_t i, const char **problem)
{
    for (i++; i < size && text[i] != '"'; i++) {
        if ((unsigned char)text[i] < 0x20) {
            *problem = "a control character in a string";
            return i;
        }
        if (text[i] != '\\')
            continue;
        if (size - i > 5 && memcmp(text + i + 1, "u0000", 5) == 0) {
            *problem = "a zero byte in a string";
            return i;
        }
        i++;
    }
    return i;
}

/* What a parser that recurses and allocates for each value must be spared. */
static const char *scan(const char *text, size_t size)
{
    const char *problem = NULL;
    size_t depth = 0;
    size_t values = 1;
    for (size_t i = 0; i < size && problem == NULL; i++) {
        switch (text[i]) {
        case '"':
            i = scan_string(text, size, i, &problem);
            break;
        case '[':
        case '{':
            depth++;
            values++;
            break;
        case ']':
        case '}':
            depth -= depth > 0;
            break;
        case ',':
            values++;
            break;
        case '\0':
            problem = "a zero byte";
            break;
        default:
            break;
        }
        if (depth > DEPTH_MAX)
            problem = "too many levels";
        if (values > VALUES_MAX)
            problem = "too many values";
    }
    return problem;
}

/* Two readers may make different text of anything else. */
static bool is_utf8(const char *text, size_t size)
{
    size_t at = 0, length = 1;
    while (at < size && length > 0) {
        length = bytes_utf8_sequence((const uint8_t *)text + at, size - at);
        at += length;
    }
    return length > 0;
}

static bool is_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p == end;
}

static espbak_status check_keys(const cJSON *object, espbak_error *err)
{
    size_t count = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (++count > KEYS_MAX)
            return espbak_fail(err, ESPBAK_E_FILE, "an object has more than %d fields", KEYS_MAX);
        for (const cJSON *other = object->child; other != item; other = other->next) {
            if (strcmp(other->string, item->string) == 0)
                return espbak_fail(err, ESPBAK_E_FILE, "a field stands twice in one object");
        }
    }
    return ESPBAK_OK;
}

/* Two readers may disagree which of two equal keys counts, so there must be none. */
static espbak_status check_objects(const cJSON *value, espbak_error *err)
{
    espbak_status status = cJSON_IsObject(value) ? check_keys(value, err) : ESPBAK_OK;
    for (const cJSON *item = value->child; item != NULL && status == ESPBAK_OK; item = item->next)
        status = check_objects(item, err);
    return status;
}

espbak_status json_parse(cJSON **out, const char *text, size_t size, espbak_error *err)
{
    *out = NULL;
    const char *problem = is_utf8(text, size) ? scan(text, size) : "it is not UTF-8";
    if (problem != NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "not usable as JSON: %s", problem);
    const char *end = NULL;
    cJSON *value = cJSON_ParseWithLengthOpts(text, size, &end, false);
    if (value == NULL) {
        const size_t at = end == NULL ? 0 : (size_t)(end - text);
        return espbak_fail(err, ESPBAK_E_FILE, "not JSON: damaged at byte %zu", at);
    }
    espbak_status status = ESPBAK_OK;
    if (!is_blank(end, text + size))
        status = espbak_fail(err, ESPBAK_E_FILE, "not JSON: something follows its end");
    if (status == ESPBAK_OK)
        status = check_objects(value, err);
    if (status != ESPBAK_OK) {
        cJSON_Delete(value);
        return status;
    }
    *out = value;
    return ESPBAK_OK;
}
