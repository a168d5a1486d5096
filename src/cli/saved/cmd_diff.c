/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/saved/documents.h"
#include "cli/saved/nvs_keys_option.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    const char *keys;
    table_options table;
} options;

static const opt_spec specs[] = {
    NVS_KEYS_OPTION(options, keys),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

enum { KEYS_MAX = 256, FILES_MAX = 1024 }; /* that are shown */

static void show_part(output *out, cJSON *list, const espbak_diff_part *part)
{
    char line[128];
    snprintf(line, sizeof(line), "%-16s the same", part->name);
    if (part->sectors > 0)
        snprintf(line, sizeof(line), "%-16s %llu of %llu sectors, %llu byte%s", part->name,
                 (unsigned long long)part->sectors, (unsigned long long)part->compared, (unsigned long long)part->bytes,
                 part->bytes == 1 ? "" : "s");
    const field rows[] = {
        {"", "name", TEXT(part->name), .line = line},
        {NULL, "offset", NUMBER(part->offset)},
        {NULL, "size", NUMBER(part->size)},
        {NULL, "compared_sectors", NUMBER(part->compared)},
        {NULL, "different_sectors", NUMBER(part->sectors)},
        {NULL, "different_bytes", NUMBER(part->bytes)},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

static void show_key(output *out, cJSON *list, const char *label, const espbak_diff_key *key)
{
    char line[160];
    const char *type = espbak_nvs_type_name(key->item.type), *change = espbak_nvs_change_name(key->change);
    snprintf(line, sizeof(line), "%s: %s.%s (%s) %s", key->partition, key->item.space, key->item.key, type, change);
    const field rows[] = {
        {label, "partition", TEXT(key->partition), .line = line},
        {NULL, "namespace", TEXT(key->item.space)},
        {NULL, "key", TEXT(key->item.key)},
        {NULL, "type", TEXT(type)},
        {NULL, "change", TEXT(change)},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

static void show_file(output *out, cJSON *list, const char *label, const espbak_diff_file *entry)
{
    char path[ESPBAK_FILE_PATH_MAX], line[ESPBAK_FILE_PATH_MAX + 96], sizes[64] = "";
    const char *change = espbak_nvs_change_name(entry->change);
    const bool before = entry->change != ESPBAK_NVS_ADDED && !entry->folder;
    const bool after = entry->change != ESPBAK_NVS_REMOVED && !entry->folder;
    bytes_printable(path, sizeof(path), entry->path, strlen(entry->path));
    if (before && after && entry->size_before != entry->size_after)
        snprintf(sizes, sizeof(sizes), ", %llu to %llu bytes", (unsigned long long)entry->size_before,
                 (unsigned long long)entry->size_after);
    snprintf(line, sizeof(line), "%s: %s%s %s%s", entry->partition, path, entry->folder ? "/" : "", change, sizes);
    const field rows[] = {
        {label, "partition", TEXT(entry->partition), .line = line},
        {NULL, "path", TEXT(path)},
        {NULL, "folder", FLAG(entry->folder)},
        {NULL, "change", TEXT(change)},
        {NULL, "size_before", NUMBER(entry->size_before), .absent = !before},
        {NULL, "size_after", NUMBER(entry->size_after), .absent = !after},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

static void show_totals(output *out, const espbak_diff_result *result)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], sizes[128] = "";
    if (result->a_size != result->b_size)
        snprintf(sizes, sizeof(sizes), "%s and %s: only what both have is compared", text_size(a, result->a_size),
                 text_size(b, result->b_size));
    const field rows[] = {
        {"Flash", NULL, .line = sizes},
        {NULL, "compared_sectors", NUMBER(result->compared)},
        {NULL, "different_sectors", NUMBER(result->sectors)},
        {NULL, "different_bytes", NUMBER(result->bytes)},
        {result->tables_differ ? "Tables" : NULL, "tables_differ", FLAG(result->tables_differ),
         .line = "the partition tables differ; the parts are those of the first"},
    };
    fields_show(out, rows, FIELD_COUNT(rows));
}

void diff_show(output *out, const espbak_diff_result *result)
{
    output_line(out, result->sectors == 0 ? "No sector differs" : "Differences by partition");
    render_device_brief(out, result->device.chip != NULL ? "Device" : NULL, &result->device);
    show_totals(out, result);
    cJSON *parts = cJSON_AddArrayToObject(output_root(out), "parts");
    for (size_t i = 0; i < result->part_count; i++) {
        if (result->parts[i].compared > 0)
            show_part(out, parts, &result->parts[i]);
    }
    cJSON *keys = cJSON_AddArrayToObject(output_root(out), "keys");
    for (size_t i = 0; i < result->key_count && i < KEYS_MAX; i++)
        show_key(out, keys, i == 0 ? "Keys" : "", &result->keys[i]);
    if (result->key_count > KEYS_MAX)
        output_field(out, "", "and %zu more", result->key_count - KEYS_MAX);
    cJSON *files = cJSON_AddArrayToObject(output_root(out), "files");
    for (size_t i = 0; i < result->file_count && i < FILES_MAX; i++)
        show_file(out, files, i == 0 ? "Files" : "", &result->files[i]);
    if (result->file_count > FILES_MAX)
        output_field(out, "", "and %zu more", result->file_count - FILES_MAX);
    render_efuse_differences(out, result->efuses, result->efuse_count);
}

static espbak_status second_device(const cli *c, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_USAGE, "the device comes second");
    espbak_error_suggest(err, (const char *const[]){"diff", "--", c->words[1], "device", NULL});
    espbak_error_hint(err, "the other way round:");
    return ESPBAK_E_USAGE;
}

static espbak_status compare(cli *c, espbak_error *err)
{
    const options *own = c->options;
    const bool device = strcmp(c->words[1], "device") == 0;
    char a[SAVED_PATH_MAX], b[SAVED_PATH_MAX];
    if (strcmp(c->words[0], "device") == 0)
        return second_device(c, err);
    if (saved_find(c, c->words[0], a, err) != ESPBAK_OK || (!device && saved_find(c, c->words[1], b, err) != ESPBAK_OK))
        return err->status;
    espbak_diff_options job = {
        .a = a,
        .b = device ? NULL : b,
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
        .keys = own->keys,
    };
    if (device && cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    job.session.events = &c->watch.events;
    job.session.cancel = c->cancel;
    espbak_diff_result result;
    const espbak_status status = espbak_diff_run(&job, &result, err);
    if (status == ESPBAK_OK || status == ESPBAK_E_DIFFERS)
        diff_show(&c->out, &result);
    espbak_diff_result_free(&result);
    return status;
}

const cli_command cmd_diff = {
    .name = "diff",
    .arguments = "A B|device",
    .summary = "what differs between two backups, or a backup and the device",
    .description =
        "Compares two backups or dumps, or one of them with the attached device: how many sectors and bytes of each "
        "partition differ, and which keys of NVS and which files were added, removed or changed. Values are not shown. "
        "eFuses of both, where they were read, are compared by name and value. Only what both sides have is compared. "
        "Of a device only what differs is read.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .min_words = 2,
    .max_words = 2,
    .run = compare,
};
