/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the flash: partitions, applications, settings, files, and what was found wrong. */
#include <string.h>

#include "cli/page/page.h"
#include "cli/show/text.h"

enum { ROWS_MAX = 2000 };

/* A bar, to scale, of what is used. */
static void show_use(html *page, const char *kind, double used, double all)
{
    html_format(page,
                "<td class=\"use\"><svg><rect class=\"back k-%s\" width=\"100%%\" height=\"9\"/><rect class=\"k-%s\" "
                "width=\"%.2f%%\" height=\"9\"/></svg></td>",
                kind, kind, all > 0 ? 100 * used / all : 0);
}

static void show_contents(html *page, const cJSON *apps, const cJSON *entry)
{
    const cJSON *app;
    html_put(page, "<td>");
    html_text(page, page_string(entry, "file_system"));
    cJSON_ArrayForEach(app, apps)
    {
        if (strcmp(page_string(app, "slot"), page_string(entry, "name")) != 0)
            continue;
        html_text(page, page_string(app, "project"));
        html_between(page, " ", page_string(app, "version"), "");
        if (page_flag(app, "active"))
            html_put(page, " <span class=\"tag good\">active</span>");
        break;
    }
    if (page_flag(entry, "encrypted"))
        html_put(page, " <span class=\"tag\">encrypted</span>");
    if (page_flag(entry, "read_only"))
        html_put(page, " <span class=\"tag\">read-only</span>");
    html_put(page, "</td></tr>\n");
}

static void show_partition(html *page, const page_content *content, const cJSON *entry, const cJSON *usage, size_t i)
{
    const cJSON *apps = cJSON_GetObjectItemCaseSensitive(content->inspect, "apps");
    const espbak_contents *contents = content->found->contents;
    const char *kind = page_kind(contents, &contents->boot.table.entries[i]);
    html_format(page, "<tr><td><svg class=\"dot\"><rect class=\"k-%s\" width=\"11\" height=\"11\" rx=\"2\"/></svg>",
                kind);
    html_between(page, "", page_string(entry, "name"), "</td>");
    html_between(page, "<td class=\"dim\">", page_string(entry, "type"), "");
    html_between(page, ", ", page_string(entry, "subtype"), "</td>");
    html_format(page, "<td class=\"n c\">0x%llx</td>", (unsigned long long)page_number(entry, "offset"));
    page_size_cell(page, page_number(entry, "size"));
    if (page_flag(usage, "held"))
        show_use(page, kind, page_number(usage, "used_sectors") * ESPBAK_USAGE_SECTOR, page_number(entry, "size"));
    else
        html_put(page, "<td class=\"dim\">not held</td>");
    show_contents(page, apps, entry);
}

void page_partitions(html *page, const page_content *content)
{
    static const char *const columns[] = {"Partition", "Type", ">Offset", ">Size", "Used", "Contents", NULL};
    const cJSON *table = cJSON_GetObjectItemCaseSensitive(content->inspect, "partition_table");
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(table, "entries"), *entry;
    const cJSON *usage = cJSON_GetObjectItemCaseSensitive(content->inspect, "usage");
    size_t i = 0;
    if (cJSON_GetArraySize(entries) == 0)
        return;
    html_put(page, "<section><h2>Partitions</h2>\n");
    page_table(page, columns);
    cJSON_ArrayForEach(entry, entries)
    {
        show_partition(page, content, entry, cJSON_GetArrayItem(usage, (int)i), i);
        i++;
    }
    page_table_end(page);
    html_put(page, "</section>\n");
}

static void show_app(html *page, const cJSON *app)
{
    const bool checked = cJSON_HasObjectItem(app, "checksum_ok");
    const bool sound =
        page_flag(app, "checksum_ok") && (!cJSON_HasObjectItem(app, "sha256_ok") || page_flag(app, "sha256_ok"));
    html_between(page, "<tr><td>", page_string(app, "slot"), "");
    html_put(page, page_flag(app, "active") ? " <span class=\"tag good\">active</span></td>" : "</td>");
    if (!page_flag(app, "present")) {
        html_put(page, "<td colspan=\"6\" class=\"dim\">no application</td></tr>\n");
        return;
    }
    html_between(page, "<td>", page_string(app, "project"), "</td>");
    html_between(page, "<td>", page_string(app, "version"), "</td>");
    html_between(page, "<td>", page_string(app, "idf"), "</td>");
    html_between(page, "<td>", page_string(app, "compiled"), "</td>");
    page_size_cell(page, page_number(app, "image_size"));
    html_put(page, !checked ? "<td class=\"dim\">not checked</td></tr>\n"
                   : sound  ? "<td><span class=\"tag good\">sound</span></td></tr>\n"
                            : "<td><span class=\"tag bad\">damaged</span></td></tr>\n");
}

void page_apps(html *page, const page_content *content)
{
    static const char *const columns[] = {"Slot", "Project", "Version", "ESP-IDF", "Compiled", ">Size", "Image", NULL};
    const cJSON *apps = cJSON_GetObjectItemCaseSensitive(content->inspect, "apps"), *app;
    const cJSON *boot = cJSON_GetObjectItemCaseSensitive(content->inspect, "bootloader");
    if (cJSON_GetArraySize(apps) == 0 && boot == NULL)
        return;
    html_put(page, "<section><h2>Applications</h2>\n");
    if (cJSON_GetArraySize(apps) > 0) {
        page_table(page, columns);
        cJSON_ArrayForEach(app, apps)
        {
            show_app(page, app);
        }
        page_table_end(page);
    }
    if (page_string(boot, "idf")[0] != '\0') {
        html_between(page, "<p class=\"legend\">The bootloader is of ESP-IDF ", page_string(boot, "idf"), "");
        if (page_string(boot, "compiled")[0] != '\0')
            html_between(page, ", compiled ", page_string(boot, "compiled"), "");
        html_put(page, ".</p>\n");
    }
    html_put(page, "</section>\n");
}

static void show_finding(html *page, const char *severity, const char *text)
{
    const bool note = strcmp(severity, "note") == 0, damage = strcmp(severity, "damage") == 0;
    html_format(page, "<li><span class=\"tag %s\">%s</span><span>", note ? "" : damage ? "bad" : "warn", severity);
    html_between(page, "", text, "</span></li>\n");
}

void page_findings(html *page, const page_content *content)
{
    const espbak_findings *findings = &content->found->contents->boot.findings;
    const cJSON *volumes = cJSON_GetObjectItemCaseSensitive(content->files, "volumes"), *volume, *finding;
    size_t count = findings->count;
    html_put(page, "<section class=\"keep\"><h2>Findings</h2>\n<ul class=\"list\">\n");
    for (size_t i = 0; i < findings->count; i++)
        show_finding(page, espbak_severity_name(findings->entries[i].severity), findings->entries[i].text);
    if (findings->left_out > 0)
        html_format(page, "<li class=\"dim\">and %zu more</li>\n", findings->left_out);
    cJSON_ArrayForEach(volume, volumes)
    {
        cJSON_ArrayForEach(finding, cJSON_GetObjectItemCaseSensitive(volume, "findings"))
        {
            show_finding(page, page_string(finding, "severity"), page_string(finding, "text"));
            count++;
        }
    }
    html_put(page, count == 0 ? "<li>Nothing unusual was found.</li>\n</ul></section>\n" : "</ul></section>\n");
}

static void show_keys(html *page, const cJSON *nvs)
{
    static const char *const columns[] = {"Namespace", "Key", "Type", ">Size", "Value", NULL};
    const cJSON *item, *items = cJSON_GetObjectItemCaseSensitive(nvs, "items");
    html_between(page, "<h3>", page_string(nvs, "partition"), "</h3>\n");
    if (cJSON_GetArraySize(items) == 0) {
        html_put(page, page_flag(nvs, "encrypted")     ? "<p class=\"dim\">Encrypted: its keys cannot be listed.</p>\n"
                       : !page_flag(nvs, "recognised") ? "<p class=\"dim\">Not in the format of NVS.</p>\n"
                                                       : "<p class=\"dim\">No keys.</p>\n");
        return;
    }
    page_table(page, columns);
    cJSON_ArrayForEach(item, items)
    {
        html_between(page, "<tr><td>", page_string(item, "namespace"), "</td>");
        html_between(page, "<td>", page_string(item, "key"), "</td>");
        html_between(page, "<td class=\"dim\">", page_string(item, "type"), "</td>");
        html_format(page, "<td class=\"n\">%.0f</td>", page_number(item, "size"));
        html_put(page, page_flag(item, "intact") ? "<td class=\"dim\">hidden</td></tr>\n"
                                                 : "<td><span class=\"tag bad\">damaged</span></td></tr>\n");
    }
    page_table_end(page);
}

void page_nvs(html *page, const page_content *content)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(content->inspect, "nvs"), *nvs;
    if (cJSON_GetArraySize(list) == 0)
        return;
    html_put(page, "<section><h2>Settings (NVS)</h2>\n<p class=\"dim\">Values may be passwords, and are not shown here."
                   "</p>\n");
    cJSON_ArrayForEach(nvs, list)
    {
        show_keys(page, nvs);
    }
    html_put(page, "</section>\n");
}

static void show_volume(html *page, const cJSON *volume)
{
    static const char *const columns[] = {"Path", ">Size", "Date", NULL};
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(volume, "files"), *entry;
    size_t count = 0;
    html_between(page, "<h3>", page_string(volume, "name"), " <span class=\"dim\">");
    html_between(page, "", page_string(volume, "about"), "</span></h3>\n");
    if (cJSON_GetArraySize(files) == 0) {
        html_put(page, cJSON_HasObjectItem(volume, "about") ? "<p class=\"dim\">No files.</p>\n"
                                                            : "<p class=\"dim\">Its files cannot be read.</p>\n");
        return;
    }
    page_table(page, columns);
    cJSON_ArrayForEach(entry, files)
    {
        if (count++ == ROWS_MAX)
            break;
        html_between(page, "<tr><td class=\"path\">", page_string(entry, "path"),
                     page_flag(entry, "folder") ? "/</td>" : "</td>");
        if (page_flag(entry, "folder"))
            html_put(page, "<td></td>");
        else
            html_format(page, "<td class=\"n\">%.0f</td>", page_number(entry, "size"));
        html_between(page, "<td class=\"dim\">", page_string(entry, "modified"), "</td></tr>\n");
    }
    page_table_end(page);
    const double more = (double)cJSON_GetArraySize(files) - ROWS_MAX + page_number(volume, "left_out");
    if (more > 0)
        html_format(page, "<p class=\"dim\">And %.0f more.</p>\n", more);
}

void page_files(html *page, const page_content *content)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(content->files, "volumes"), *volume;
    if (cJSON_GetArraySize(list) == 0)
        return;
    html_put(page, "<section><h2>Files</h2>\n");
    cJSON_ArrayForEach(volume, list)
    {
        show_volume(page, volume);
    }
    html_put(page, "</section>\n");
}

/* ---- since the backup before ---- */

static void show_parts(html *page, const cJSON *parts)
{
    static const char *const columns[] = {"Part", ">Sectors that differ", ">Bytes", NULL};
    const cJSON *part;
    page_table(page, columns);
    cJSON_ArrayForEach(part, parts)
    {
        if (page_number(part, "different_sectors") == 0)
            continue;
        html_between(page, "<tr><td>", page_string(part, "name"), "</td>");
        html_format(page, "<td class=\"n\">%.0f of %.0f</td><td class=\"n\">%.0f</td></tr>\n",
                    page_number(part, "different_sectors"), page_number(part, "compared_sectors"),
                    page_number(part, "different_bytes"));
    }
    page_table_end(page);
}

static void show_change(html *page, const cJSON *item, const char *name, const char *more)
{
    const char *change = page_string(item, "change");
    html_format(page, "<li><span class=\"tag\">%s</span><span>", change);
    html_between(page, "", page_string(item, "partition"), ": ");
    html_between(page, "", name, "");
    html_between(page, more[0] != '\0' ? "." : "", more, "</span></li>\n");
}

void page_diff(html *page, const page_content *content)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(content->diff, "keys"), *item;
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(content->diff, "files");
    if (content->diff == NULL)
        return;
    html_between(page, "<section><h2>What changed since ", content->since, "</h2>\n");
    if (page_number(content->diff, "different_sectors") == 0) {
        html_put(page, "<p>Nothing: no sector differs.</p>\n</section>\n");
        return;
    }
    show_parts(page, cJSON_GetObjectItemCaseSensitive(content->diff, "parts"));
    html_put(page, "<ul class=\"list\">\n");
    cJSON_ArrayForEach(item, keys)
    {
        show_change(page, item, page_string(item, "namespace"), page_string(item, "key"));
    }
    cJSON_ArrayForEach(item, files)
    {
        show_change(page, item, page_string(item, "path"), "");
    }
    html_put(page, "</ul>\n</section>\n");
}
