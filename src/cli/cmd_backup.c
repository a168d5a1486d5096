/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/backup_options.h"

typedef struct options {
    backup_options backup;
} options;

static const opt_spec specs[] = {
    BACKUP_OPTION_ROWS(options, backup),
};

static espbak_status run(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_backup_result result = {0};
    espbak_backup_options job = backup_options_job(c, &own->backup);
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_backup_run(&job, &result, err);
    return backup_options_finish(c, &own->backup, true, status, &result);
}

const cli_command cmd_backup = {
    .name = "backup",
    .arguments = "",
    .summary = "the whole flash of the device into a new backup",
    .description =
        "Reads the whole flash of the attached device into a new backup folder: the flash byte for byte, a manifest "
        "that says what it is and of which device, and SHA256SUMS. Every chunk is proven by the chip's MD5 while it is "
        "read; then the file on disk is compared with the chip once more, and only then the backup gets its name.\n\n"
        "A run that was interrupted is gone on with by --resume: what was read before is compared with the device and "
        "only what has changed is read again. A device that goes away and comes back is gone on with in the same "
        "run.\n\n"
        "Port, chip, flash size and speed are found without being told.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = offsetof(options, backup.folder),
    .run = run,
};
