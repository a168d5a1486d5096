/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    table_options table;
} options;

static const opt_spec specs[] = {
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static void print_parts(output *out, const espbak_diff_result *result)
{
    for (size_t i = 0; i < result->part_count; i++) {
        const espbak_diff_part *part = &result->parts[i];
        if (part->compared == 0)
            continue;
        if (part->sectors == 0)
            output_field(out, "", "%-16s the same", part->name);
        else
            output_field(out, "", "%-16s %llu of %llu sectors, %llu byte%s", part->name,
                         (unsigned long long)part->sectors, (unsigned long long)part->compared,
                         (unsigned long long)part->bytes, part->bytes == 1 ? "" : "s");
    }
}

static void print_result(output *out, const espbak_diff_result *result)
{
    char a[TEXT_SHORT], b[TEXT_SHORT], line[160];
    output_line(out, result->sectors == 0 ? "No sector differs" : "Differences by partition");
    if (result->device.chip != NULL)
        output_field(out, "Device", "%s", render_device_line(line, &result->device));
    if (result->a_size != result->b_size)
        output_field(out, "Flash", "%s and %s: only what both have is compared", text_size(a, result->a_size),
                     text_size(b, result->b_size));
    if (result->tables_differ)
        output_field(out, "Tables", "the partition tables differ; the parts are those of the first");
    print_parts(out, result);
    for (size_t i = 0; i < result->key_count; i++) {
        const espbak_diff_key *key = &result->keys[i];
        output_field(out, i == 0 ? "Keys" : "", "%s: %s.%s (%s) %s", key->partition, key->item.space, key->item.key,
                     espbak_nvs_type_name(key->item.type), espbak_nvs_change_name(key->change));
    }
    if (result->keys_left_out > 0)
        output_field(out, "", "and %zu more", result->keys_left_out);
}

static void add_part(cJSON *list, const espbak_diff_part *part)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "name", part->name);
    output_json_size(item, "offset", part->offset);
    output_json_size(item, "size", part->size);
    output_json_size(item, "compared_sectors", part->compared);
    output_json_size(item, "different_sectors", part->sectors);
    output_json_size(item, "different_bytes", part->bytes);
}

static void add_key(cJSON *list, const espbak_diff_key *key)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "partition", key->partition);
    output_json_text(item, "namespace", key->item.space);
    output_json_text(item, "key", key->item.key);
    cJSON_AddStringToObject(item, "type", espbak_nvs_type_name(key->item.type));
    cJSON_AddStringToObject(item, "change", espbak_nvs_change_name(key->change));
}

static void add_result(cJSON *root, const espbak_diff_result *result)
{
    if (root == NULL)
        return;
    render_device_brief_json(root, &result->device);
    output_json_size(root, "compared_sectors", result->compared);
    output_json_size(root, "different_sectors", result->sectors);
    output_json_size(root, "different_bytes", result->bytes);
    cJSON_AddBoolToObject(root, "tables_differ", result->tables_differ);
    cJSON *parts = cJSON_AddArrayToObject(root, "parts");
    for (size_t i = 0; i < result->part_count && parts != NULL; i++) {
        if (result->parts[i].compared > 0)
            add_part(parts, &result->parts[i]);
    }
    cJSON *keys = cJSON_AddArrayToObject(root, "keys");
    for (size_t i = 0; i < result->key_count && keys != NULL; i++)
        add_key(keys, &result->keys[i]);
}

static espbak_status compare(cli *c, espbak_error *err)
{
    const options *own = c->options;
    const bool device = strcmp(c->words[1], "device") == 0;
    espbak_diff_options job = {
        .a = c->words[0],
        .b = device ? NULL : c->words[1],
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
    };
    if (strcmp(job.a, "device") == 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "the device comes second: espbak diff BACKUP device");
    if (device && cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    job.session.events = &c->watch.events;
    job.session.cancel = c->cancel;
    espbak_diff_result *result = calloc(1, sizeof(*result));
    if (result == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = espbak_diff_run(&job, result, err);
    if (status == ESPBAK_OK || status == ESPBAK_E_DIFFERS) {
        print_result(&c->out, result);
        add_result(output_root(&c->out), result);
    }
    free(result);
    return status;
}

const cli_command cmd_diff = {
    .name = "diff",
    .arguments = "A B|device",
    .summary = "what differs between two backups, or a backup and the device",
    .description =
        "Compares two backups or dumps, or one of them with the attached device: how many sectors and bytes of each "
        "partition differ, and which keys of NVS were added, removed or changed. Values are not shown. Only what both "
        "sides have is compared. Of a device only what differs is read.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = CLI_NO_FOLDER,
    .min_words = 2,
    .max_words = 2,
    .run = compare,
};
