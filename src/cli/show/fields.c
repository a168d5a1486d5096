/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/fields.h"

#include <string.h>

#include "base/bytes.h"

enum { HEX_MAX = 32, KEY_MAX = 48, TEXT_MAX = 1200 };

/* Text comes from devices and files: nothing in it may steer the terminal that shows the document. */
static void add_text(cJSON *object, const char *key, const char *text)
{
    char clean[TEXT_MAX];
    text = text != NULL ? text : "";
    bytes_printable(clean, sizeof(clean), text, strlen(text));
    cJSON_AddStringToObject(object, key, clean);
}

static const char *hex_of(const field *row, char hex[2 * HEX_MAX + 1])
{
    bytes_to_hex(hex, row->bytes, row->number < HEX_MAX ? (size_t)row->number : HEX_MAX);
    return hex;
}

static void add_value(cJSON *object, const char *key, const field *row)
{
    char hex[2 * HEX_MAX + 1];
    switch (row->kind) {
    case FIELD_TEXT:
        add_text(object, key, row->text);
        break;
    case FIELD_NUMBER:
        cJSON_AddNumberToObject(object, key, (double)row->number);
        break;
    case FIELD_REAL:
        cJSON_AddNumberToObject(object, key, row->real);
        break;
    case FIELD_FLAG:
        cJSON_AddBoolToObject(object, key, row->flag);
        break;
    case FIELD_TRISTATE:
        if (row->tristate == ESPBAK_UNKNOWN)
            cJSON_AddNullToObject(object, key);
        else
            cJSON_AddBoolToObject(object, key, row->tristate == ESPBAK_YES);
        break;
    case FIELD_HEX:
        cJSON_AddStringToObject(object, key, hex_of(row, hex));
        break;
    case FIELD_OBJECT:
        cJSON_AddObjectToObject(object, key);
        break;
    case FIELD_NO_VALUE:
        break;
    }
}

/* The object that a key stands in, made where it is missing; *key becomes its last part. */
static cJSON *object_of(cJSON *object, const char **key)
{
    for (const char *dot; (dot = strchr(*key, '.')) != NULL; *key = dot + 1) {
        char name[KEY_MAX];
        snprintf(name, sizeof(name), "%.*s", (int)(dot - *key), *key);
        cJSON *inner = cJSON_GetObjectItemCaseSensitive(object, name);
        object = inner != NULL ? inner : cJSON_AddObjectToObject(object, name);
    }
    return object;
}

void fields_add(cJSON *object, const field *rows, size_t count)
{
    for (size_t i = 0; i < count && object != NULL; i++) {
        const char *key = rows[i].key;
        if (key == NULL || rows[i].absent)
            continue;
        cJSON *inner = object_of(object, &key);
        add_value(inner, key, &rows[i]);
    }
}

static void print_line(output *out, const field *row)
{
    char hex[2 * HEX_MAX + 1];
    const char *line = row->line;
    if (line == NULL && row->kind == FIELD_TEXT)
        line = row->text;
    if (line == NULL && row->kind == FIELD_HEX)
        line = hex_of(row, hex);
    if (line != NULL && line[0] != '\0')
        output_field(out, row->label, "%s", line);
}

static void print_lines(output *out, const field *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].label != NULL && !rows[i].absent)
            print_line(out, &rows[i]);
    }
}

void fields_show(output *out, const field *rows, size_t count)
{
    print_lines(out, rows, count);
    fields_add(output_root(out), rows, count);
}

cJSON *fields_item(cJSON *list)
{
    cJSON *item = list != NULL ? cJSON_CreateObject() : NULL;
    cJSON_AddItemToArray(list, item);
    return item;
}

cJSON *fields_show_item(output *out, cJSON *list, const field *rows, size_t count)
{
    cJSON *item = fields_item(list);
    print_lines(out, rows, count);
    fields_add(item, rows, count);
    return item;
}
