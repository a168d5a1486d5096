/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/show/render.h"
#include "espbak/chip.h"

typedef struct options {
    bool show_values;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"show-values", 0, OPT_FLAG, NULL, "show the values of NVS keys, which may be passwords",
     offsetof(options, show_values), 0, NULL},
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static void print_head(output *out, const espbak_inspection *found)
{
    const espbak_manifest *manifest = found->manifest;
    char size[TEXT_SHORT], mac[TEXT_SHORT];
    output_line(out, "%s", found->path);
    if (manifest != NULL) {
        output_field(out, "Made", "%s, %s%s%s", manifest->created, espbak_backup_state_name(manifest->state),
                     manifest->note[0] != '\0' ? ", " : "", manifest->note);
        output_field(out, "Chip", "%s%s%s", manifest->chip_description[0] != '\0' ? manifest->chip_description : "?",
                     manifest->mac_known ? ", MAC " : "", manifest->mac_known ? text_mac(mac, manifest->mac) : "");
    } else {
        output_field(out, "Chip", "%s", found->contents->chip != NULL ? found->contents->chip->title : "not known");
    }
    output_field(out, "Flash", "%s", text_size(size, found->size));
}

static void add_head(cJSON *root, const espbak_inspection *found)
{
    const espbak_manifest *manifest = found->manifest;
    char mac[TEXT_SHORT];
    if (root == NULL)
        return;
    output_json_text(root, "path", found->path);
    cJSON_AddBoolToObject(root, "backup", manifest != NULL);
    if (manifest != NULL) {
        output_json_text(root, "created", manifest->created);
        output_json_text(root, "note", manifest->note);
        cJSON_AddStringToObject(root, "state", espbak_backup_state_name(manifest->state));
        if (manifest->mac_known)
            cJSON_AddStringToObject(root, "mac", text_mac(mac, manifest->mac));
    }
    if (found->contents->chip != NULL)
        cJSON_AddStringToObject(root, "chip", found->contents->chip->name);
    output_json_size(root, "size", found->size);
}

static void add_usage(cJSON *list, const char *name, bool held, const espbak_usage *usage)
{
    cJSON *item = list != NULL ? cJSON_CreateObject() : NULL;
    if (item == NULL)
        return;
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "name", name);
    cJSON_AddBoolToObject(item, "held", held);
    if (!held)
        return;
    output_json_size(item, "used_bytes", usage->used_bytes);
    output_json_size(item, "used_sectors", usage->used_sectors);
    output_json_size(item, "erased_sectors", usage->erased_sectors);
}

static void render_usage(output *out, const espbak_inspection *found)
{
    const espbak_partition_table *table = &found->contents->boot.table;
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "usage");
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        espbak_usage usage;
        char used[TEXT_SHORT], erased[TEXT_SHORT];
        const bool held = espbak_inspect_usage(found, entry->offset, entry->size, &usage);
        add_usage(list, entry->label, held, &usage);
        if (held)
            output_field(out, i == 0 ? "Used" : "", "%-16s %9s, %9s erased", entry->label,
                         text_size(used, usage.used_sectors * ESPBAK_USAGE_SECTOR),
                         text_size(erased, usage.erased_sectors * ESPBAK_USAGE_SECTOR));
        else
            output_field(out, i == 0 ? "Used" : "", "%-16s not in the backup", entry->label);
    }
}

static void print_findings(output *out, const espbak_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        output_field(out, i == 0 ? "Findings" : "", "%s: %s", espbak_severity_name(findings->entries[i].severity),
                     findings->entries[i].text);
    if (findings->left_out > 0)
        output_field(out, "", "and %zu more", findings->left_out);
}

static espbak_status show(cli *c, const espbak_inspection *found, bool values, espbak_error *err)
{
    output *out = &c->out;
    const espbak_contents *contents = found->contents;
    print_head(out, found);
    add_head(output_root(out), found);
    render_contents(out, contents);
    render_contents_json(output_root(out), contents);
    render_usage(out, found);
    for (size_t i = 0; i < found->nvs_count; i++) {
        if (render_nvs(out, &found->nvs[i], values, err) != ESPBAK_OK)
            return err->status;
    }
    print_findings(out, &contents->boot.findings);
    render_boot(out, &contents->boot);
    if (output_root(out) != NULL)
        render_boot_json(output_root(out), &contents->boot);
    render_map(out, found);
    return ESPBAK_OK;
}

static espbak_status explain(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_inspection found;
    const espbak_inspect_options job = {
        .path = c->words[0],
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
        .cancel = c->cancel,
    };
    if (espbak_inspect_open(&found, &job, err) != ESPBAK_OK)
        return err->status;
    if (own->show_values && found.nvs_count > 0)
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "values of NVS are shown: they may be passwords or keys");
    const espbak_status status = show(c, &found, own->show_values, err);
    espbak_inspect_close(&found);
    return status;
}

const cli_command cmd_inspect = {
    .name = "inspect",
    .arguments = "FILE|BACKUP",
    .summary = "what is in a backup or a dump, and whether it would boot",
    .description =
        "Tells what a backup, or a dump made with another tool, holds: bootloader, partition table, applications and "
        "which of them boots, keys of NVS without their values, how full each partition is, what is damaged, whether "
        "a device would boot from it, and a map of the flash. It needs no device.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = CLI_NO_FOLDER,
    .min_words = 1,
    .max_words = 1,
    .run = explain,
};
