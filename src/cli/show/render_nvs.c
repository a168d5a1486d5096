/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/show/render.h"

enum { VALUE_MAX = 1024 };

/* Returns the list that the keys go to. */
static cJSON *show_summary(output *out, const char *partition, const espbak_nvs_summary *about)
{
    char line[160] = "not in the format of NVS";
    const size_t empty = about->page_states[ESPBAK_NVS_PAGE_EMPTY];
    if (about->recognised && about->encrypted && !about->decrypted)
        snprintf(line, sizeof(line), "encrypted");
    else if (about->recognised)
        snprintf(line, sizeof(line), "%s%zu key%s in %zu namespace%s, %zu of %zu pages in use%s",
                 about->decrypted ? "encrypted, " : "", about->items, about->items == 1 ? "" : "s", about->spaces,
                 about->spaces == 1 ? "" : "s", about->pages - empty, about->pages,
                 about->damaged > 0 ? ", damaged entries" : "");
    const field rows[] = {
        {NULL, "partition", TEXT(partition)},
        {NULL, "recognised", FLAG(about->recognised)},
        {NULL, "encrypted", FLAG(about->encrypted)},
        {NULL, "decrypted", FLAG(about->decrypted)},
        {NULL, "pages", NUMBER(about->pages)},
        {NULL, "empty_pages", NUMBER(empty)},
        {NULL, "damaged_entries", NUMBER(about->damaged)},
    };
    output_field(out, "NVS", "%s: %s", partition, line);
    cJSON *list = cJSON_GetObjectItemCaseSensitive(output_root(out), "nvs");
    cJSON *item = fields_item(list != NULL ? list : cJSON_AddArrayToObject(output_root(out), "nvs"));
    fields_add(item, rows, FIELD_COUNT(rows));
    return cJSON_AddArrayToObject(item, "items");
}

static void show_item(output *out, cJSON *list, const espbak_nvs_item *item, const char *value)
{
    char line[VALUE_MAX + 96];
    snprintf(line, sizeof(line), "%-15s %-15s %-6s %6lu byte%s%s%s%s", item->space, item->key,
             espbak_nvs_type_name(item->type), (unsigned long)item->size, item->size == 1 ? " " : "s",
             item->intact ? "" : ", damaged", value != NULL ? "  " : "", value != NULL ? value : "");
    const field rows[] = {
        {"", "namespace", TEXT(item->space), .line = line},
        {NULL, "key", TEXT(item->key)},
        {NULL, "type", TEXT(espbak_nvs_type_name(item->type))},
        {NULL, "size", NUMBER(item->size)},
        {NULL, "intact", FLAG(item->intact)},
        {NULL, "value", TEXT(value), .absent = value == NULL},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

static espbak_status read_value(const espbak_nvs *nvs, const espbak_nvs_item *item, char text[VALUE_MAX],
                                espbak_error *err)
{
    uint8_t *value = NULL;
    if (espbak_nvs_read_value(nvs, item, &value, err) != ESPBAK_OK)
        return err->status;
    espbak_nvs_value_text(item, value, text, VALUE_MAX);
    espbak_free(value);
    return ESPBAK_OK;
}

espbak_status render_nvs(output *out, const char *partition, const espbak_nvs *nvs, const char *space, bool values,
                         espbak_error *err)
{
    cJSON *list = show_summary(out, partition, espbak_nvs_summarise(nvs));
    const espbak_nvs_item *item;
    for (size_t i = 0; (item = espbak_nvs_item_at(nvs, i)) != NULL; i++) {
        char value[VALUE_MAX] = "";
        const bool shown = values && item->intact;
        if (space != NULL && strcmp(item->space, space) != 0)
            continue;
        if (shown && read_value(nvs, item, value, err) != ESPBAK_OK)
            return err->status;
        show_item(out, list, item, shown ? value : NULL);
    }
    return ESPBAK_OK;
}

static void show_edit(output *out, cJSON *list, const espbak_manifest_edit *edit)
{
    char line[160];
    snprintf(line, sizeof(line), "%s: %s.%s (%s) %s", edit->partition, edit->space, edit->key, edit->type,
             edit->change);
    const field rows[] = {
        {"", "partition", TEXT(edit->partition), .line = line},
        {NULL, "namespace", TEXT(edit->space)},
        {NULL, "key", TEXT(edit->key)},
        {NULL, "type", TEXT(edit->type)},
        {NULL, "change", TEXT(edit->change)},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

void render_edits(output *out, const espbak_manifest_edited *edited)
{
    char line[352];
    if (edited->from[0] == '\0')
        return;
    snprintf(line, sizeof(line), "a copy of %s, which was made %s", edited->from, edited->from_created);
    const field rows[] = {{"Edited", "edited_from", TEXT(edited->from), .line = line}};
    fields_show(out, rows, FIELD_COUNT(rows));
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "edits");
    for (size_t i = 0; i < edited->count; i++)
        show_edit(out, list, &edited->edits[i]);
}
