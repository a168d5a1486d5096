/* SPDX-License-Identifier: Apache-2.0 */
/* nvs-set and nvs-delete: a copy of a backup with other settings. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/paste.h"
#include "cli/saved/nvs_keys_option.h"
#include "cli/saved/nvs_value.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/backup.h"
#include "espbak/ops.h"

typedef struct options {
    const char *folder, *name, *note, *partition, *keys;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"output", 'o', OPT_TEXT, "DIR", "folder that gets the new backup's folder; default: ESPBAK_BACKUP_DIR, or backups",
     offsetof(options, folder), 0, NULL},
    {"name", 0, OPT_TEXT, "NAME", "of the new backup's folder; default: chip, MAC and time", offsetof(options, name), 0,
     NULL},
    {"note", 0, OPT_TEXT, "TEXT", "kept in the new backup, and shown by list; default: that of the old one",
     offsetof(options, note), 0, NULL},
    {"partition", 0, OPT_TEXT, "NAME", "of NVS; default: nvs, or the only one", offsetof(options, partition), 0, NULL},
    NVS_KEYS_OPTION(options, keys),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

/* What is asked for, one after the other. */
typedef struct wanted_settings {
    espbak_nvs_setting *all;
    size_t count;
} wanted_settings;

static void show_edits(output *out, const espbak_backup_result *result)
{
    espbak_backup *made = NULL;
    if (espbak_backup_open(&made, result->path, NULL) != ESPBAK_OK)
        return;
    render_edits(out, &espbak_backup_manifest(made)->edited);
    espbak_backup_close(made);
}

static void show_result(cli *c, const espbak_backup_result *result)
{
    output *out = &c->out;
    char bytes[TEXT_SHORT], size[64], state[128];
    const char *name = espbak_backup_state_name(result->state);
    snprintf(size, sizeof(size), "%s (%llu bytes)", text_size(bytes, result->size), (unsigned long long)result->size);
    snprintf(state, sizeof(state), "%s, so no chip has confirmed it", name);
    const field rows[] = {
        {NULL, "path", TEXT(result->path)},
        {NULL, "sealed", FLAG(result->sealed)},
        {"Size", "size", NUMBER(result->size), .line = size},
        {"State", "state", TEXT(name), .line = state},
        {NULL, "verified_by", TEXT(result->verify_method)},
    };
    output_line(out, "Backup saved in %s", result->path);
    fields_show(out, rows, FIELD_COUNT(rows));
    show_edits(out, result);
    output_line(out, "Put it on a device:");
    paste_show(c, (const char *const[]){"restore", "--", result->path, NULL});
}

static espbak_status edit(cli *c, const wanted_settings *wanted, espbak_error *err)
{
    const options *own = c->options;
    char path[SAVED_PATH_MAX];
    espbak_backup_result result;
    if (saved_find(c, c->words[0], path, err) != ESPBAK_OK)
        return err->status;
    const espbak_nvs_edit_options job = {
        .backup = path,
        .table = table_options_source(&own->table),
        .partition = own->partition,
        .keys = own->keys,
        .settings = wanted->all,
        .count = wanted->count,
        .folder = c->set.folder,
        .name = own->name,
        .note = own->note,
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    const espbak_status status = espbak_nvs_edit_run(&job, &result, err);
    if (status == ESPBAK_OK)
        show_result(c, &result);
    espbak_backup_result_free(&result);
    return status;
}

/* Words behind the backup's come in groups of `each`. */
static espbak_status take_settings(const cli *c, int each, const char *group, wanted_settings *out, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    if ((c->word_count - 1) % each != 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "behind the backup come %s, once or more", group);
    out->all = calloc((size_t)c->word_count, sizeof(out->all[0]));
    if (out->all == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (int i = 1; i < c->word_count && status == ESPBAK_OK; i += each) {
        espbak_nvs_setting *setting = &out->all[out->count++];
        setting->space = c->words[i];
        setting->key = c->words[i + 1];
        if (each > 2)
            status = nvs_value_take(setting, c->words[i + 2], c->words[i + 3], err);
    }
    return status;
}

static espbak_status apply(cli *c, int each, const char *group, espbak_error *err)
{
    wanted_settings wanted = {.count = 0};
    espbak_status status = take_settings(c, each, group, &wanted, err);
    if (status == ESPBAK_OK)
        status = edit(c, &wanted, err);
    for (size_t i = 0; i < wanted.count; i++)
        free((void *)(uintptr_t)wanted.all[i].value);
    free(wanted.all);
    return status;
}

static espbak_status set_keys(cli *c, espbak_error *err)
{
    return apply(c, 4, "NAMESPACE KEY TYPE VALUE", err);
}

static espbak_status delete_keys(cli *c, espbak_error *err)
{
    return apply(c, 2, "NAMESPACE KEY", err);
}

const cli_command cmd_nvs_set = {
    .name = "nvs-set",
    .arguments = "BACKUP NAMESPACE KEY TYPE VALUE ...",
    .summary = "a copy of a backup in which settings in NVS have other values",
    .description =
        "Makes a new backup that is the same as BACKUP but for these keys, which are set as the device's own code "
        "would; "
        "BACKUP stays as it is. Put on a device by restore, that has the new settings. TYPE is u8 to u64, i8 to i64, "
        "string, or blob, whose VALUE is hex; or string-file or blob-file, whose VALUE is a file, - standard input, so "
        "that a password is seen by nobody who lists programs. What was replaced is overwritten. Also understood as "
        "nvs "
        "set.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, folder),
    .ignores = SETTINGS_LINE | SETTINGS_LOADER | SETTINGS_YES,
    .min_words = 5,
    .max_words = CLI_ANY_NUMBER,
    .run = set_keys,
};

const cli_command cmd_nvs_delete = {
    .name = "nvs-delete",
    .arguments = "BACKUP NAMESPACE KEY ...",
    .summary = "a copy of a backup without settings in NVS",
    .description = "Makes a new backup that is the same as BACKUP, but without these keys; BACKUP stays as it is. What "
                   "they held is overwritten. Also understood as nvs delete.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, folder),
    .ignores = SETTINGS_LINE | SETTINGS_LOADER | SETTINGS_YES,
    .min_words = 3,
    .max_words = CLI_ANY_NUMBER,
    .run = delete_keys,
};
