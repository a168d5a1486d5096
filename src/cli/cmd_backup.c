/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/render_backup.h"
#include "espbak/ops.h"

typedef struct options {
    const char *folder, *name, *note;
    bool no_verify;
} options;

static const opt_spec specs[] = {
    {"output", 'o', OPT_TEXT, "DIR", "folder that gets the backup's folder; default: ESPBAK_BACKUP_DIR, or backups",
     offsetof(options, folder), 0, NULL},
    {"name", 0, OPT_TEXT, "NAME", "of the backup's folder; default: chip, MAC and time", offsetof(options, name), 0,
     NULL},
    {"note", 0, OPT_TEXT, "TEXT", "kept in the backup, and shown by list", offsetof(options, note), 0, NULL},
    {"no-verify", 0, OPT_FLAG, NULL, "skip the second look at the device; the backup is then called unverified",
     offsetof(options, no_verify), 0, NULL},
};

static espbak_status run(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_backup_result result = {0};
    espbak_backup_options job = {
        .folder = c->set.folder,
        .name = own->name,
        .note = own->note,
        .no_verify = own->no_verify,
    };
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_backup_run(&job, &result, err);
    render_backup_json(output_root(&c->out), &result);
    if (status == ESPBAK_OK)
        render_backup(&c->out, &result);
    else if (result.path[0] != '\0')
        espbak_log(&c->events, ESPBAK_LOG_WARNING, "what was read so far is kept in %s", result.path);
    return status;
}

const cli_command cmd_backup = {
    .name = "backup",
    .arguments = "",
    .summary = "the whole flash of the device into a new backup",
    .description =
        "Reads the whole flash of the attached device into a new backup folder: the flash byte for byte, a manifest "
        "that says what it is and of which device, and SHA256SUMS. Every chunk is proven by the chip's MD5 while it is "
        "read; then the file on disk is compared with the chip once more, and only then the backup gets its name.\n\n"
        "Port, chip, flash size and speed are found without being told.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = offsetof(options, folder),
    .run = run,
};
