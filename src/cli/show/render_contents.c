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
        return "not in the backup";
    if (!app->present)
        return "empty";
    return app->image.app_described ? NULL : "an image without a description";
}

enum { APP_TEXT_MAX = 128 };

/* "weather 1.2.3 (ESP-IDF v5.4.1), boots"; empty for an entry that is no app. */
static const char *describe_app(char out[APP_TEXT_MAX], const espbak_contents *contents, const espbak_partition *entry)
{
    const espbak_boot_app *app = espbak_contents_app(contents, entry);
    out[0] = '\0';
    if (app == NULL)
        return out;
    const char *state = app_state(contents, app), *boots = app->active ? ", boots" : "";
    const espbak_app_description *about = &app->image.app;
    if (state != NULL)
        snprintf(out, APP_TEXT_MAX, "%s%s", state, boots);
    else
        snprintf(out, APP_TEXT_MAX, "%s %s (ESP-IDF %s)%s", about->project, about->version, about->idf, boots);
    return out;
}

static void print_entry(output *out, const espbak_contents *contents, const espbak_partition *p)
{
    char type[ESPBAK_PARTITION_TEXT_MAX], subtype[ESPBAK_PARTITION_TEXT_MAX], size[TEXT_SHORT], app[APP_TEXT_MAX];
    char tail[APP_TEXT_MAX + 64];
    espbak_partition_type_text(p->type, type);
    espbak_partition_subtype_text(p->type, p->subtype, subtype);
    describe_app(app, contents, p);
    snprintf(tail, sizeof(tail), "%s%s%s%s%s", p->outside ? "  outside the flash" : "",
             p->encrypted ? "  encrypted" : "", p->read_only ? "  read-only" : "", app[0] != '\0' ? "  " : "", app);
    output_field(out, "", "%-16s %-5s %-9s 0x%08X %6s%s", p->label, type, subtype, (unsigned)p->offset,
                 text_size_option(size, p->size), tail);
}

static void print_bootloader(output *out, const espbak_contents *contents)
{
    const espbak_bootloader_description *about = &contents->boot.bootloader.bootloader;
    if (!contents->boot.bootloader_found)
        return;
    if (contents->boot.bootloader.bootloader_described)
        output_field(out, "Bootloader", "ESP-IDF %s, compiled %s", about->idf, about->compiled);
    else
        output_field(out, "Bootloader", "an image without a description");
}

static void print_esp8266(output *out, const espbak_esp8266_report *about)
{
    char slots[96] = "";
    size_t used = 0;
    for (size_t i = 0; i < 2; i++) {
        if (about->slot_found[i])
            used += (size_t)snprintf(slots + used, sizeof(slots) - used, "%suser%zu at 0x%llX", used > 0 ? ", " : ": ",
                                     i + 1, (unsigned long long)about->slots[i].offset);
    }
    output_field(out, "Layout", "%s%s", espbak_esp8266_layout_name(about->layout), slots);
}

static void add_esp8266(cJSON *root, const espbak_esp8266_report *about)
{
    cJSON *object = cJSON_AddObjectToObject(root, "layout");
    cJSON_AddStringToObject(object, "name", espbak_esp8266_layout_name(about->layout));
    cJSON *list = cJSON_AddArrayToObject(object, "slots");
    for (size_t i = 0; i < 2 && list != NULL; i++) {
        if (about->slot_found[i])
            cJSON_AddItemToArray(list, cJSON_CreateNumber((double)about->slots[i].offset));
    }
}

void render_contents(output *out, const espbak_contents *contents)
{
    const espbak_partition_table *table = &contents->boot.table;
    print_bootloader(out, contents);
    if (contents->esp8266_known && contents->esp8266.layout != ESPBAK_ESP8266_UNKNOWN)
        print_esp8266(out, &contents->esp8266);
    if (!contents->boot.table_found && contents->ciphertext == ESPBAK_YES)
        output_field(out, "Partitions", "unknown: the flash is encrypted; --partition-table can name them");
    if (!contents->boot.table_found)
        return;
    if (table->offset == ESPBAK_PARTITION_TABLE_OFFSET)
        output_field(out, "Partitions", "%zu, %s", table->count, table_state(contents));
    else
        output_field(out, "Partitions", "%zu, %s, table at 0x%llX", table->count, table_state(contents),
                     (unsigned long long)table->offset);
    for (size_t i = 0; i < table->count; i++)
        print_entry(out, contents, &table->entries[i]);
}

static void add_table(cJSON *root, const espbak_contents *contents)
{
    const espbak_partition_table *table = &contents->boot.table;
    cJSON *object = cJSON_AddObjectToObject(root, "partition_table");
    output_json_size(object, "offset", table->offset);
    cJSON_AddBoolToObject(object, "from_file", contents->table_from_file);
    if (table->md5_present)
        cJSON_AddBoolToObject(object, "md5_ok", table->md5_ok);
    cJSON *list = cJSON_AddArrayToObject(object, "entries");
    for (size_t i = 0; i < table->count && list != NULL; i++) {
        const espbak_partition *p = &table->entries[i];
        char text[ESPBAK_PARTITION_TEXT_MAX];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        output_json_text(item, "name", p->label);
        espbak_partition_type_text(p->type, text);
        cJSON_AddStringToObject(item, "type", text);
        espbak_partition_subtype_text(p->type, p->subtype, text);
        cJSON_AddStringToObject(item, "subtype", text);
        output_json_size(item, "offset", p->offset);
        output_json_size(item, "size", p->size);
        cJSON_AddBoolToObject(item, "encrypted", p->encrypted);
        cJSON_AddBoolToObject(item, "read_only", p->read_only);
    }
}

static void add_image(cJSON *item, const espbak_image *image)
{
    if (image->size > 0)
        output_json_size(item, "image_size", image->size);
    if (!image->checked)
        return;
    cJSON_AddBoolToObject(item, "checksum_ok", image->checksum_ok);
    if (image->header.hash_appended)
        cJSON_AddBoolToObject(item, "sha256_ok", image->sha256_ok);
}

static void add_app(cJSON *list, const espbak_boot_app *app)
{
    const espbak_app_description *about = &app->image.app;
    cJSON *item = cJSON_CreateObject();
    char compiled[40];
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "slot", app->partition->label);
    cJSON_AddBoolToObject(item, "active", app->active);
    cJSON_AddBoolToObject(item, "present", app->present);
    if (!app->present)
        return;
    if (app->image.app_described) {
        output_json_text(item, "project", about->project);
        output_json_text(item, "version", about->version);
        output_json_text(item, "idf", about->idf);
        snprintf(compiled, sizeof(compiled), "%s %s", about->date, about->time);
        output_json_text(item, "compiled", compiled);
    }
    if (app->why_not[0] != '\0')
        output_json_text(item, "problem", app->why_not);
    add_image(item, &app->image);
}

void render_apps_json(cJSON *root, const espbak_contents *contents)
{
    cJSON *list = cJSON_AddArrayToObject(root, "apps");
    for (size_t i = 0; i < contents->boot.app_count && list != NULL; i++) {
        if (espbak_contents_holds(contents, contents->boot.apps[i].partition))
            add_app(list, &contents->boot.apps[i]);
    }
}

static void add_ota(cJSON *root, const espbak_boot_report *boot)
{
    const espbak_otadata *ota = &boot->otadata;
    const espbak_boot_app *active = espbak_boot_active(boot);
    cJSON *object = cJSON_AddObjectToObject(root, "ota");
    if (active != NULL)
        output_json_text(object, "active_slot", active->partition->label);
    if (ota->active >= 0) {
        output_json_size(object, "seq", ota->entries[ota->active].seq);
        cJSON_AddStringToObject(object, "state", espbak_ota_state_name(ota->entries[ota->active].state));
    }
}

static void add_findings(cJSON *root, const espbak_findings *findings)
{
    cJSON *list = cJSON_AddArrayToObject(root, "findings");
    for (size_t i = 0; i < findings->count && list != NULL; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        cJSON_AddStringToObject(item, "severity", espbak_severity_name(findings->entries[i].severity));
        output_json_text(item, "text", findings->entries[i].text);
    }
}

void render_contents_json(cJSON *root, const espbak_contents *contents)
{
    if (root == NULL)
        return;
    if (contents->boot.bootloader_found) {
        cJSON *item = cJSON_AddObjectToObject(root, "bootloader");
        if (contents->boot.bootloader.bootloader_described) {
            output_json_text(item, "idf", contents->boot.bootloader.bootloader.idf);
            output_json_text(item, "compiled", contents->boot.bootloader.bootloader.compiled);
        }
        add_image(item, &contents->boot.bootloader);
    }
    if (contents->esp8266_known)
        add_esp8266(root, &contents->esp8266);
    if (contents->boot.table_found) {
        add_table(root, contents);
        render_apps_json(root, contents);
    }
    if (contents->boot.otadata_found)
        add_ota(root, &contents->boot);
    if (contents->boot.findings.count > 0)
        add_findings(root, &contents->boot.findings);
}

void render_boot(output *out, const espbak_boot_report *boot)
{
    output_field(out, "Boots", "%s: %s", espbak_boot_verdict_name(boot->verdict), boot->reason);
}

void render_boot_json(cJSON *root, const espbak_boot_report *boot)
{
    cJSON *object = cJSON_AddObjectToObject(root, "boot");
    cJSON_AddStringToObject(object, "verdict", espbak_boot_verdict_name(boot->verdict));
    output_json_text(object, "reason", boot->reason);
}
