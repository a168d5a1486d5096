/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

enum { VALUE_MAX = 1024 };

static void print_summary(output *out, const espbak_inspected_nvs *nvs, const espbak_nvs_summary *about)
{
    if (!about->recognised)
        output_field(out, "NVS", "%s: not in the format of NVS", nvs->partition->label);
    else if (about->encrypted)
        output_field(out, "NVS", "%s: encrypted", nvs->partition->label);
    else
        output_field(out, "NVS", "%s: %zu key%s in %zu namespace%s, %zu of %zu pages in use%s", nvs->partition->label,
                     about->items, about->items == 1 ? "" : "s", about->spaces, about->spaces == 1 ? "" : "s",
                     about->pages - about->page_states[ESPBAK_NVS_PAGE_EMPTY], about->pages,
                     about->damaged > 0 ? ", damaged entries" : "");
}

static cJSON *add_summary(cJSON *root, const espbak_inspected_nvs *nvs, const espbak_nvs_summary *about)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "nvs");
    cJSON *item = root != NULL ? cJSON_CreateObject() : NULL;
    if (item == NULL)
        return NULL;
    if (list == NULL)
        list = cJSON_AddArrayToObject(root, "nvs");
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "partition", nvs->partition->label);
    cJSON_AddBoolToObject(item, "recognised", about->recognised);
    cJSON_AddBoolToObject(item, "encrypted", about->encrypted);
    output_json_size(item, "pages", about->pages);
    output_json_size(item, "empty_pages", about->page_states[ESPBAK_NVS_PAGE_EMPTY]);
    output_json_size(item, "damaged_entries", about->damaged);
    return cJSON_AddArrayToObject(item, "items");
}

static void add_item(cJSON *list, const espbak_nvs_item *item, const char *value)
{
    cJSON *object = list != NULL ? cJSON_CreateObject() : NULL;
    if (object == NULL)
        return;
    cJSON_AddItemToArray(list, object);
    output_json_text(object, "namespace", item->space);
    output_json_text(object, "key", item->key);
    cJSON_AddStringToObject(object, "type", espbak_nvs_type_name(item->type));
    output_json_size(object, "size", item->size);
    cJSON_AddBoolToObject(object, "intact", item->intact);
    if (value != NULL)
        output_json_text(object, "value", value);
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

espbak_status render_nvs(output *out, const espbak_inspected_nvs *nvs, bool values, espbak_error *err)
{
    const espbak_nvs_summary *about = espbak_nvs_summarise(nvs->nvs);
    cJSON *list = add_summary(output_root(out), nvs, about);
    print_summary(out, nvs, about);
    const espbak_nvs_item *item;
    for (size_t i = 0; (item = espbak_nvs_item_at(nvs->nvs, i)) != NULL; i++) {
        char text[VALUE_MAX] = "";
        const bool shown = values && item->intact;
        if (shown && read_value(nvs->nvs, item, text, err) != ESPBAK_OK)
            return err->status;
        output_field(out, "", "%-15s %-15s %-6s %6lu byte%s%s%s%s", item->space, item->key,
                     espbak_nvs_type_name(item->type), (unsigned long)item->size, item->size == 1 ? " " : "s",
                     item->intact ? "" : ", damaged", shown ? "  " : "", text);
        add_item(list, item, shown ? text : NULL);
    }
    return ESPBAK_OK;
}
