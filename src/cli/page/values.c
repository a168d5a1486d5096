/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/page/page.h"
#include "cli/show/text.h"

const char *page_string(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

double page_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool page_flag(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

void page_take_line(void *user, const char *label, const char *text)
{
    page_lines *lines = user;
    if (lines->count == PAGE_LINES_MAX)
        return;
    page_line *row = &lines->rows[lines->count++];
    snprintf(row->label, sizeof(row->label), "%s", label);
    snprintf(row->text, sizeof(row->text), "%s", text);
}

void page_term(html *page, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    html_between(page, "<dt>", label, "</dt>");
    html_between(page, "<dd>", text, "</dd>\n");
}

void page_size_cell(html *page, double bytes)
{
    char text[TEXT_SHORT];
    html_between(page, "<td class=\"n\">", text_size(text, (uint64_t)bytes), "</td>");
}

void page_table(html *page, const char *const *columns)
{
    html_put(page, "<div class=\"scroll\"><table><thead><tr>");
    for (; *columns != NULL; columns++) {
        /* Columns of numbers stand to the right. */
        const bool number = (*columns)[0] == '>';
        html_between(page, number ? "<th class=\"n\">" : "<th>", *columns + number, "</th>");
    }
    html_put(page, "</tr></thead><tbody>\n");
}

void page_table_end(html *page)
{
    html_put(page, "</tbody></table></div>\n");
}

const char *page_kind(const espbak_contents *contents, const espbak_partition *entry)
{
    if (entry->type == ESPBAK_PARTITION_APP)
        return "app";
    if (contents->volumes[entry - contents->boot.table.entries] != NULL)
        return "files";
    return entry->type == ESPBAK_PARTITION_DATA && entry->subtype == ESPBAK_DATA_NVS ? "nvs" : "data";
}
