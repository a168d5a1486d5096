/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/saved/documents.h"
#include "cli/saved/nvs_keys_option.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/chip.h"

typedef struct options {
    bool show_values, efuses;
    const char *keys;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"show-values", 0, OPT_FLAG, NULL, "show the values of NVS keys, which may be passwords",
     offsetof(options, show_values), 0, NULL},
    NVS_KEYS_OPTION(options, keys),
    {"efuses", 0, OPT_FLAG, NULL, "show the eFuses that are not zero", offsetof(options, efuses), 0, NULL},
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

/* Which programs the proof rests on, where that was not one alone that is proven; NULL otherwise. */
static const char *describe_proof(char out[160], const espbak_manifest *manifest)
{
    espbak_witnesses who = {.alone = manifest->confirmed_alone};
    for (int i = ESPBAK_LOADER_ROM; i <= ESPBAK_LOADER_OWN; i++) {
        const espbak_loader loader = (espbak_loader)i;
        if (strcmp(manifest->read_by, espbak_loader_name(loader)) == 0)
            who.moved_by = loader;
        if (strcmp(manifest->confirmed_by, espbak_loader_name(loader)) == 0)
            who.confirmed_by = loader;
    }
    return who.alone || who.moved_by != who.confirmed_by ? render_proof(out, &who, "read", "") : NULL;
}

void inspect_show_head(output *out, const espbak_inspection *found)
{
    const espbak_manifest none = {0}, *manifest = found->manifest != NULL ? found->manifest : &none;
    const espbak_chip *chip = found->contents->chip;
    const bool dump = found->manifest == NULL;
    char size[TEXT_SHORT], mac[TEXT_SHORT] = "", made[640], about[128], proof[160];
    const char *const proven = describe_proof(proof, manifest);
    if (manifest->mac_known)
        text_mac(mac, manifest->mac);
    snprintf(made, sizeof(made), "%s, %s%s%s", manifest->created, espbak_backup_state_name(manifest->state),
             manifest->note[0] != '\0' ? ", " : "", manifest->note);
    if (dump)
        snprintf(about, sizeof(about), "%s", chip != NULL ? chip->title : "not known");
    else
        snprintf(about, sizeof(about), "%s%s%s",
                 manifest->chip_description[0] != '\0' ? manifest->chip_description : "?",
                 manifest->mac_known ? ", MAC " : "", mac);
    const field rows[] = {
        {NULL, "path", TEXT(found->path)},
        {NULL, "backup", FLAG(!dump)},
        {"Made", "created", TEXT(manifest->created), .line = made, .absent = dump},
        {NULL, "note", TEXT(manifest->note), .absent = dump},
        {NULL, "state", TEXT(espbak_backup_state_name(manifest->state)), .absent = dump},
        {proven != NULL ? "Proof" : NULL, NULL, .line = proven},
        {NULL, "proof.read_by", TEXT(manifest->read_by), .absent = manifest->read_by[0] == '\0'},
        {NULL, "proof.confirmed_by", TEXT(manifest->confirmed_by), .absent = manifest->read_by[0] == '\0'},
        {NULL, "proof.alone", FLAG(manifest->confirmed_alone), .absent = manifest->read_by[0] == '\0'},
        {NULL, "mac", TEXT(mac), .absent = !manifest->mac_known},
        {"Format", "format", TEXT(found->format), .absent = found->format == NULL},
        {"Chip", NULL, .line = about, .absent = found->alone && chip == NULL},
        {NULL, "chip", TEXT(chip != NULL ? chip->name : NULL), .absent = chip == NULL},
        {found->alone ? "Size" : "Flash", "size", NUMBER(found->size), .line = text_size(size, found->size)},
    };
    output_line(out, "%s", found->path);
    fields_show(out, rows, FIELD_COUNT(rows));
    if (found->manifest != NULL)
        render_edits(out, &found->manifest->edited);
}

static void show_usage(output *out, const espbak_inspection *found)
{
    const espbak_partition_table *table = &found->contents->boot.table;
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "usage");
    for (size_t i = 0; i < table->count; i++) {
        const espbak_partition *entry = &table->entries[i];
        espbak_usage usage = {0};
        char used[TEXT_SHORT], erased[TEXT_SHORT], line[96];
        const bool held = espbak_inspect_usage(found, entry->offset, entry->size, &usage);
        snprintf(line, sizeof(line), "%-16s %9s, %9s erased", entry->label,
                 text_size(used, usage.used_sectors * ESPBAK_USAGE_SECTOR),
                 text_size(erased, usage.erased_sectors * ESPBAK_USAGE_SECTOR));
        if (!held && usage.used_sectors + usage.erased_sectors == 0)
            snprintf(line, sizeof(line), "%-16s not held", entry->label);
        else if (!held)
            snprintf(line, sizeof(line), "%-16s %9s, the rest not held", entry->label, used);
        const field rows[] = {
            {i == 0 ? "Used" : "", "name", TEXT(entry->label), .line = line},
            {NULL, "held", FLAG(held)},
            {NULL, "used_bytes", NUMBER(usage.used_bytes), .absent = !held},
            {NULL, "used_sectors", NUMBER(usage.used_sectors), .absent = !held},
            {NULL, "erased_sectors", NUMBER(usage.erased_sectors), .absent = !held},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
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

static void show_efuses(output *out, const espbak_inspection *found, bool all)
{
    const espbak_manifest *const manifest = found->manifest;
    if (manifest == NULL)
        return;
    if (all)
        render_efuses(out, &manifest->efuses, espbak_chip_by_name(manifest->chip), manifest->revision, "not kept");
    else if (manifest->efuses.count > 0)
        output_field(out, "eFuses", "kept, but for blocks of keys; --efuses shows them");
}

espbak_status inspect_show(output *out, const espbak_inspection *found, bool values, bool efuses, espbak_error *err)
{
    const espbak_contents *contents = found->contents;
    inspect_show_head(out, found);
    show_efuses(out, found, efuses);
    render_contents(out, contents);
    if (!found->alone)
        show_usage(out, found);
    for (size_t i = 0; i < found->nvs_count; i++) {
        if (render_nvs(out, found->nvs[i].partition->label, found->nvs[i].nvs, NULL, values, err) != ESPBAK_OK)
            return err->status;
    }
    print_findings(out, &contents->boot.findings);
    render_verdict(out, &contents->boot);
    if (!found->alone)
        render_map(out, found);
    return ESPBAK_OK;
}

static espbak_status explain(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_inspection found;
    char path[SAVED_PATH_MAX];
    if (saved_find(c, c->words[0], path, err) != ESPBAK_OK)
        return err->status;
    const espbak_inspect_options job = {
        .path = path,
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
        .keys = own->keys,
        .cancel = c->cancel,
    };
    if (espbak_inspect_open(&found, &job, err) != ESPBAK_OK)
        return err->status;
    if (own->show_values && found.nvs_count > 0)
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "values of NVS are shown: they may be passwords or keys");
    const espbak_status status = inspect_show(&c->out, &found, own->show_values, own->efuses, err);
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
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_LINE | SETTINGS_LOADER | SETTINGS_YES,
    .min_words = 1,
    .max_words = 1,
    .run = explain,
};
