/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/device/cmd_backup.h"
#include "cli/device/outlet.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/table_options.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"

typedef struct options {
    backup_options backup;
    bool critical, list;
    const char *profile;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"critical", 0, OPT_FLAG, NULL,
     "bootloader, partition table, NVS, factory data, otadata and the application that boots",
     offsetof(options, critical), 0, NULL},
    {"list", 0, OPT_FLAG, NULL, "show the partition table and back up nothing", offsetof(options, list), 0, NULL},
    PROFILE_OPTION(options, profile),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
    BACKUP_OPTION_ROWS(options, backup),
};

static void show_usage(output *out, const espbak_info_result *result)
{
    const espbak_partition_table *table = &result->contents->boot.table;
    cJSON *list = result->erased != NULL ? cJSON_AddArrayToObject(output_root(out), "usage") : NULL;
    for (size_t i = 0; i < table->count && result->erased != NULL; i++) {
        const uint64_t size = table->entries[i].size, erased = result->erased[i] < size ? result->erased[i] : size;
        char used[TEXT_SHORT], empty[TEXT_SHORT], line[96];
        snprintf(line, sizeof(line), "%-16s %9s, %9s erased", table->entries[i].label, text_size(used, size - erased),
                 text_size(empty, erased));
        const field rows[] = {
            {i == 0 ? "Used" : "", "name", TEXT(table->entries[i].label), .line = line},
            {NULL, "used_bytes", NUMBER(size - erased)},
            {NULL, "erased_bytes", NUMBER(erased)},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
}

static espbak_status show_table(cli *c, const espbak_info_result *result, espbak_error *err)
{
    char line[160];
    if (result->contents == NULL || !result->contents->boot.table_found) {
        espbak_fail(err, ESPBAK_E_FILE, "no partition table was found on the device");
        espbak_error_hint(err, "name its file with --partition-table, or its place with --table-offset");
        return ESPBAK_E_FILE;
    }
    output_line(&c->out, "%s", render_device_line(line, &result->device));
    render_device_brief(&c->out, NULL, &result->device);
    render_contents(&c->out, result->contents);
    render_verdict(&c->out, &result->contents->boot);
    show_usage(&c->out, result);
    return ESPBAK_OK;
}

static espbak_status list_partitions(cli *c, const espbak_table_source *table, espbak_error *err)
{
    espbak_info_options job = {.table = *table, .measure = true};
    espbak_info_result result;
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = espbak_info_run(&job, &result, err);
    if (status == ESPBAK_OK)
        status = show_table(c, &result, err);
    espbak_info_result_free(&result);
    return status;
}

static espbak_status check_words(const cli *c, const options *own, espbak_error *err)
{
    if ((own->critical || own->list) && c->word_count > 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "names cannot be given together with --%s",
                           own->critical ? "critical" : "list");
    if (own->critical || own->list || own->profile != NULL || c->word_count > 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_USAGE, "which partitions is not said");
    espbak_error_hint(err, "--list shows them, --critical takes what a device cannot do without, all takes every one");
    return ESPBAK_E_USAGE;
}

static espbak_status back_up_chosen(cli *c, const profile_use *profile, espbak_error *err)
{
    const options *own = c->options;
    espbak_selection parts = {
        .names = c->words,
        .count = (size_t)c->word_count,
        .critical = own->critical,
        .table = table_options_source(&own->table),
    };
    espbak_backup_options job = backup_options_job(&own->backup, c->set.folder);
    espbak_backup_result result;
    profile_add_places(profile, &parts.table);
    if (own->list)
        return list_partitions(c, &parts.table, err);
    if (profile->given && parts.count == 0 && !parts.critical) {
        parts.names = profile->names;
        parts.count = profile->profile.part_count;
    }
    char base[SAVED_PATH_MAX];
    if (own->backup.base != NULL && saved_find(c, own->backup.base, base, err) != ESPBAK_OK)
        return err->status;
    job.base = own->backup.base != NULL ? base : NULL;
    job.parts = &parts;
    if (outlet_prepare(c, &own->backup, &job, err) != ESPBAK_OK || cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = espbak_backup_run(&job, &result, err);
    cmd_backup_show(c, &own->backup, false, &result, err);
    if (status == ESPBAK_OK)
        status = outlet_deliver(c, &own->backup, &result, err);
    espbak_backup_result_free(&result);
    return status;
}

static espbak_status back_up_partitions(cli *c, espbak_error *err)
{
    const options *own = c->options;
    profile_use profile = {.given = false};
    espbak_status status = check_words(c, own, err);
    if (status == ESPBAK_OK)
        status = profile_apply(&profile, own->profile, &c->set, &c->watch.events, err);
    if (status == ESPBAK_OK)
        status = back_up_chosen(c, &profile, err);
    profile_free(&profile);
    return status;
}

const cli_command cmd_backup_partitions = {
    .name = "backup-partitions",
    .arguments = "[NAME]...",
    .summary = "parts of the flash by name: partitions, bootloader, table",
    .description =
        "Reads partitions into a new backup, one file each, with one manifest. NAME is a label of the device's own "
        "partition table, type=app or subtype=nvs for all of a kind, bootloader, partition-table, app for the "
        "application that boots, or all. Everything is proven as with backup.\n\n"
        "On an encrypted flash the table cannot be read: --partition-table names it. With --profile and no NAME the "
        "factory data of that board is saved.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, backup.folder),
    .several = CLI_EACH_DEVICE,
    .ignores = SETTINGS_YES,
    .max_words = CLI_ANY_NUMBER,
    .run = back_up_partitions,
};
