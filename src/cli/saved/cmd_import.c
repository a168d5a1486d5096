/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/commands.h"
#include "cli/paste.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    const char *folder, *name, *note;
} options;

static const opt_spec specs[] = {
    {"output", 'o', OPT_TEXT, "DIR", "folder that gets the backup's folder; default: ESPBAK_BACKUP_DIR, or backups",
     offsetof(options, folder), 0, NULL},
    {"name", 0, OPT_TEXT, "NAME", "of the backup's folder; default: chip and time", offsetof(options, name), 0, NULL},
    {"note", 0, OPT_TEXT, "TEXT", "kept in the backup, and shown by list", offsetof(options, note), 0, NULL},
};

static void show_result(cli *c, const espbak_backup_result *result)
{
    output *out = &c->out;
    char bytes[TEXT_SHORT], size[64], state[96];
    const char *name = espbak_backup_state_name(result->state);
    snprintf(size, sizeof(size), "%s (%llu bytes)", text_size(bytes, result->size), (unsigned long long)result->size);
    snprintf(state, sizeof(state), "%s: imported, so no chip has confirmed it", name);
    const field made[] = {
        {NULL, "path", TEXT(result->path)},
        {NULL, "sealed", FLAG(result->sealed)},
    };
    const field rows[] = {
        {"Size", NULL, .line = size},
        {"State", "state", TEXT(name), .line = state},
        {NULL, "verified_by", TEXT(result->verify_method)},
        {NULL, "size", NUMBER(result->size)},
    };
    output_line(out, "Backup saved in %s", result->path);
    fields_show(out, made, FIELD_COUNT(made));
    render_device_brief(out, "Chip", &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    render_hashes(out, result->sha256, result->md5);
    render_backup_contents(out, result);
    output_line(out, "Compare it with a device:");
    paste_show(c, (const char *const[]){"verify", "--", result->path, NULL});
}

static espbak_status import_dump(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_backup_result result;
    char path[SAVED_PATH_MAX];
    const bool piped = strcmp(c->words[0], "-") == 0;
    if (piped && saved_find(c, "-", path, err) != ESPBAK_OK)
        return err->status;
    const espbak_import_options job = {
        .file = piped ? path : c->words[0],
        .chip = c->set.chip,
        .folder = c->set.folder,
        .name = own->name,
        .note = own->note,
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    const espbak_status status = espbak_import_run(&job, &result, err);
    if (status == ESPBAK_OK)
        show_result(c, &result);
    espbak_backup_result_free(&result);
    return status;
}

const cli_command cmd_import = {
    .name = "import",
    .arguments = "FILE",
    .summary = "a backup out of a dump made with another tool",
    .description =
        "Makes a backup out of a dump of a flash, such as esptool read_flash writes, or of a merged image; files "
        "packed with gzip or zstd, UF2 and Intel HEX are taken as what they mean. The chip is recognized by the "
        "bootloader in it, or named with --chip.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, folder),
    .ignores = SETTINGS_LINE | SETTINGS_LOADER | SETTINGS_YES,
    .min_words = 1,
    .max_words = 1,
    .run = import_dump,
};
