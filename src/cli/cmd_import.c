/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
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

static void print_result(output *out, const espbak_backup_result *result)
{
    char line[160], size[TEXT_SHORT], path[ESPBAK_PATH_MAX + 64];
    output_line(out, "Backup saved in %s", result->path);
    output_field(out, "Chip", "%s", render_device_line(line, &result->device));
    output_field(out, "Size", "%s (%llu bytes)", text_size(size, result->size), (unsigned long long)result->size);
    output_field(out, "State", "%s: imported, so no chip has confirmed it", espbak_backup_state_name(result->state));
    render_hashes(out, result->sha256, result->md5);
    if (result->explained)
        render_backup_contents(out, &result->contents.boot);
    text_shell_word(path, sizeof(path), result->path);
    output_line(out, "Compare it with a device:");
    output_line(out, "  espbak verify %s", path);
}

static void add_result(cJSON *root, const espbak_backup_result *result)
{
    if (root == NULL)
        return;
    output_json_text(root, "path", result->path);
    cJSON_AddBoolToObject(root, "sealed", result->sealed);
    render_device_brief_json(root, &result->device);
    cJSON_AddStringToObject(root, "state", espbak_backup_state_name(result->state));
    output_json_text(root, "verified_by", result->verify_method);
    output_json_size(root, "size", result->size);
    output_json_hex(root, "sha256", result->sha256, sizeof(result->sha256));
    output_json_hex(root, "md5", result->md5, sizeof(result->md5));
    render_backup_contents_json(root, result);
}

static espbak_status import_dump(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_backup_result result = {0};
    const espbak_import_options job = {
        .file = c->words[0],
        .chip = c->set.chip,
        .folder = c->set.folder,
        .name = own->name,
        .note = own->note,
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    if (espbak_import_run(&job, &result, err) != ESPBAK_OK)
        return err->status;
    print_result(&c->out, &result);
    add_result(output_root(&c->out), &result);
    return ESPBAK_OK;
}

const cli_command cmd_import = {
    .name = "import",
    .arguments = "FILE",
    .summary = "a backup out of a dump made with another tool",
    .description = "Makes a backup out of a dump of a whole flash, such as esptool read_flash writes. The chip is "
                   "recognized by the bootloader in it, or named with --chip.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = offsetof(options, folder),
    .min_words = 1,
    .max_words = 1,
    .run = import_dump,
};
