/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/render.h"

#include <string.h>

static const char *table_state(const espbak_contents *contents)
{
    if (contents->table_from_file)
        return "from the file that was named";
    if (contents->table_from_manifest)
        return "as the manifest tells";
    if (!contents->boot.table.md5_present)
        return "no checksum";
    return contents->boot.table.md5_ok ? "checksum right" : "checksum wrong";
}

static const char *app_state(const espbak_contents *contents, const espbak_boot_app *app)
{
    if (contents->ciphertext == ESPBAK_YES)
        return "encrypted";
    if (!espbak_contents_holds(contents, app->partition))
        return "not held";
    if (!app->present)
        return "empty";
    return app->image.app_described ? NULL : "an image without a description";
}

enum { APP_TEXT_MAX = 128, WIDE_ROW = 72 /* columns that a row of the table takes */ };

static const char *volume_of(const espbak_contents *contents, const espbak_partition *entry)
{
    return contents->volumes[entry - contents->boot.table.entries];
}

/* Of the application that comes first: it boots where that is the verdict. */
static const char *app_role(const espbak_contents *contents, const espbak_boot_app *app)
{
    if (!app->active || contents->boot.verdict == ESPBAK_BOOT_NO)
        return "";
    return contents->boot.verdict == ESPBAK_BOOT_YES ? ", boots" : ", selected";
}

/* "weather 1.2.3 (ESP-IDF v5.4.1), boots", "LittleFS"; empty where nothing is known. */
static const char *describe_entry(char out[APP_TEXT_MAX], const espbak_contents *contents,
                                  const espbak_partition *entry)
{
    const espbak_boot_app *app = espbak_contents_app(contents, entry);
    const char *volume = volume_of(contents, entry);
    const bool held = entry->outside || espbak_contents_holds(contents, entry);
    snprintf(out, APP_TEXT_MAX, "%s", !held ? "not held" : volume != NULL ? volume : "");
    if (app == NULL)
        return out;
    const char *state = app_state(contents, app), *role = app_role(contents, app);
    const espbak_app_description *about = &app->image.app;
    if (state != NULL)
        snprintf(out, APP_TEXT_MAX, "%s%s", state, role);
    else
        snprintf(out, APP_TEXT_MAX, "%s %s (ESP-IDF %s)%s", about->project, about->version, about->idf, role);
    return out;
}

static void show_entry(output *out, cJSON *list, const espbak_contents *contents, const espbak_partition *p)
{
    char type[ESPBAK_PARTITION_TEXT_MAX], subtype[ESPBAK_PARTITION_TEXT_MAX], size[TEXT_SHORT], app[APP_TEXT_MAX];
    char line[APP_TEXT_MAX + 160];
    espbak_partition_type_text(p->type, type);
    espbak_partition_subtype_text(p->type, p->subtype, subtype);
    describe_entry(app, contents, p);
    const bool narrow = out->fold && out->width < WIDE_ROW;
    snprintf(line, sizeof(line),
             narrow ? "%-12s %-4s %-7s 0x%06X %5s%s%s%s%s%s" : "%-16s %-5s %-9s 0x%08X %6s%s%s%s%s%s", p->label, type,
             subtype, (unsigned)p->offset, text_size_option(size, p->size), p->outside ? "  outside the flash" : "",
             p->encrypted ? "  encrypted" : "", p->read_only ? "  read-only" : "", app[0] != '\0' ? "  " : "", app);
    const field rows[] = {
        {"", "name", TEXT(p->label), .line = line},
        {NULL, "type", TEXT(type)},
        {NULL, "subtype", TEXT(subtype)},
        {NULL, "offset", NUMBER(p->offset)},
        {NULL, "size", NUMBER(p->size)},
        {NULL, "encrypted", FLAG(p->encrypted)},
        {NULL, "read_only", FLAG(p->read_only)},
        {NULL, "file_system", TEXT(volume_of(contents, p)), .absent = volume_of(contents, p) == NULL},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

static void show_table(output *out, const espbak_contents *contents)
{
    const espbak_partition_table *table = &contents->boot.table;
    char line[96], place[40] = "";
    if (table->offset != ESPBAK_PARTITION_TABLE_OFFSET)
        snprintf(place, sizeof(place), ", table at 0x%llX", (unsigned long long)table->offset);
    snprintf(line, sizeof(line), "%zu, %s%s", table->count, table_state(contents), place);
    const field rows[] = {
        {"Partitions", "partition_table.offset", NUMBER(table->offset), .line = line},
        {NULL, "partition_table.from_file", FLAG(contents->table_from_file)},
        {NULL, "partition_table.md5_ok", FLAG(table->md5_ok), .absent = !table->md5_present},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
    cJSON *object = cJSON_GetObjectItemCaseSensitive(output_root(out), "partition_table");
    cJSON *list = cJSON_AddArrayToObject(object, "entries");
    for (size_t i = 0; i < table->count; i++)
        show_entry(out, list, contents, &table->entries[i]);
}

/* Of a bootloader or an application. */
static void add_image(cJSON *object, const espbak_image *image)
{
    const field rows[] = {
        {NULL, "image_size", NUMBER(image->size), .absent = image->size == 0},
        {NULL, "checksum_ok", FLAG(image->checksum_ok), .absent = !image->checked},
        {NULL, "sha256_ok", FLAG(image->sha256_ok), .absent = !image->checked || !image->header.hash_appended},
    };
    fields_add(object, rows, FIELD_COUNT(rows));
}

static void show_bootloader(output *out, const espbak_image *image)
{
    const espbak_bootloader_description *about = &image->bootloader;
    const bool silent = !image->bootloader_described, named = about->idf[0] != '\0';
    char line[128] = "an image without a description";
    if (!silent)
        snprintf(line, sizeof(line), "ESP-IDF %s, compiled %s", about->idf, about->compiled);
    else if (named)
        snprintf(line, sizeof(line), "ESP-IDF %s by its words, without a description", about->idf);
    const field rows[] = {
        {"Bootloader", "bootloader", OBJECT, .line = line},
        {NULL, "bootloader.idf", TEXT(about->idf), .absent = !named},
        {NULL, "bootloader.compiled", TEXT(about->compiled), .absent = silent},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
    add_image(cJSON_GetObjectItemCaseSensitive(output_root(out), "bootloader"), image);
}

static void show_esp8266(output *out, const espbak_esp8266_report *about)
{
    char line[160];
    const char *name = espbak_esp8266_layout_name(about->layout);
    const bool rboot = about->layout == ESPBAK_ESP8266_RBOOT;
    size_t used = (size_t)snprintf(line, sizeof(line), "%s", name);
    for (size_t i = 0; i < 2; i++) {
        if (about->slot_found[i])
            used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s%zu at 0x%llX",
                                     used > strlen(name) ? ", " : ": ", rboot ? "rom" : "user", rboot ? i : i + 1,
                                     (unsigned long long)about->slots[i].offset);
    }
    const field rows[] = {
        {about->layout != ESPBAK_ESP8266_UNKNOWN ? "Layout" : NULL, "layout.name", TEXT(name), .line = line},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
    cJSON *list = cJSON_AddArrayToObject(cJSON_GetObjectItemCaseSensitive(output_root(out), "layout"), "slots");
    for (size_t i = 0; i < 2 && list != NULL; i++) {
        if (about->slot_found[i])
            cJSON_AddItemToArray(list, cJSON_CreateNumber((double)about->slots[i].offset));
    }
}

static void add_app(cJSON *list, const espbak_boot_app *app)
{
    const espbak_app_description *about = &app->image.app;
    const bool silent = !app->present || !app->image.app_described;
    char compiled[40];
    snprintf(compiled, sizeof(compiled), "%s %s", about->date, about->time);
    const field rows[] = {
        {NULL, "slot", TEXT(app->partition->label)},
        {NULL, "active", FLAG(app->active)},
        {NULL, "present", FLAG(app->present)},
        {NULL, "project", TEXT(about->project), .absent = silent},
        {NULL, "version", TEXT(about->version), .absent = silent},
        {NULL, "idf", TEXT(about->idf), .absent = silent},
        {NULL, "compiled", TEXT(compiled), .absent = silent},
        {NULL, "problem", TEXT(app->why_not), .absent = !app->present || app->why_not[0] == '\0'},
    };
    cJSON *item = fields_item(list);
    fields_add(item, rows, FIELD_COUNT(rows));
    if (app->present)
        add_image(item, &app->image);
}

void render_add_apps(cJSON *object, const espbak_contents *contents)
{
    cJSON *list = cJSON_AddArrayToObject(object, "apps");
    for (size_t i = 0; i < contents->boot.app_count; i++) {
        if (espbak_contents_holds(contents, contents->boot.apps[i].partition))
            add_app(list, &contents->boot.apps[i]);
    }
}

static void add_ota(cJSON *root, const espbak_boot_report *boot)
{
    const espbak_boot_app *active = espbak_boot_active(boot);
    const bool none = boot->otadata.active < 0;
    const espbak_ota_entry *entry = &boot->otadata.entries[none ? 0 : boot->otadata.active];
    const field rows[] = {
        {NULL, "ota", OBJECT},
        {NULL, "ota.active_slot", TEXT(active != NULL ? active->partition->label : ""), .absent = active == NULL},
        {NULL, "ota.seq", NUMBER(entry->seq), .absent = none},
        {NULL, "ota.state", TEXT(espbak_ota_state_name(entry->state)), .absent = none},
    };
    fields_add(root, rows, FIELD_COUNT(rows));
}

static void add_findings(cJSON *root, const espbak_findings *findings)
{
    cJSON *list = cJSON_AddArrayToObject(root, "findings");
    for (size_t i = 0; i < findings->count; i++) {
        const field rows[] = {
            {NULL, "severity", TEXT(espbak_severity_name(findings->entries[i].severity))},
            {NULL, "text", TEXT(findings->entries[i].text)},
        };
        fields_add(fields_item(list), rows, FIELD_COUNT(rows));
    }
}

void render_contents(output *out, const espbak_contents *contents)
{
    const espbak_boot_report *boot = &contents->boot;
    cJSON *root = output_root(out);
    if (boot->bootloader_found)
        show_bootloader(out, &boot->bootloader);
    if (contents->esp8266 != NULL)
        show_esp8266(out, contents->esp8266);
    if (!boot->table_found && contents->ciphertext == ESPBAK_YES)
        output_field(out, "Partitions", "unknown: the flash is encrypted; --partition-table can name them");
    if (boot->table_found) {
        show_table(out, contents);
        render_add_apps(root, contents);
    }
    if (boot->otadata_found)
        add_ota(root, boot);
    if (boot->findings.count > 0)
        add_findings(root, &boot->findings);
}

static void show_boot(output *out, const char *name, const char *word, const char *condition, const char *reason)
{
    char line[ESPBAK_BOOT_REASON_MAX + ESPBAK_BOOT_CONDITION_MAX + 16];
    const bool plain = condition[0] == '\0';
    snprintf(line, sizeof(line), "%s%s%s: %s", word, plain ? "" : ", ", condition, reason);
    const field rows[] = {
        {"Boots", "boot.verdict", TEXT(name), .line = line},
        {NULL, "boot.condition", TEXT(condition), .absent = plain},
        {NULL, "boot.reason", TEXT(reason)},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

void render_boot(output *out, espbak_boot_verdict verdict, const char *condition, const char *reason)
{
    const char *name = espbak_boot_verdict_name(verdict);
    show_boot(out, name, name, condition, reason);
}

void render_verdict(output *out, const espbak_boot_report *boot)
{
    const char *name = espbak_boot_verdict_name(boot->verdict);
    const bool unread = boot->cause != NULL && strcmp(boot->cause, "not-read") == 0;
    show_boot(out, name, unread ? "not checked" : name, boot->condition, boot->reason);
}
