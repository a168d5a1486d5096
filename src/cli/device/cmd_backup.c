/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/device/cmd_backup.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/show/render.h"

typedef struct options {
    backup_options backup;
} options;

static const opt_spec specs[] = {
    BACKUP_OPTION_ROWS(options, backup),
};

/* Whether --name has to be given, and what it says: as before, or what else does not tell a device without a MAC. */
static bool name_to_give(char out[TEXT_PATH], const backup_options *own, const espbak_backup_result *result)
{
    static const char suffix[] = ".partial";
    const char *name = file_name_of(result->path);
    char own_name[TEXT_PATH];
    out[0] = '\0';
    if (own->name == NULL && result->device.mac_known)
        return false;
    snprintf(own_name, sizeof(own_name), "%.*s", (int)(strlen(name) - strlen(suffix)), name);
    text_shell_word(out, TEXT_PATH, own->name != NULL ? own->name : own_name);
    return true;
}

/* One of parts is gone on with by naming the parts again, which is left to the user's history. */
static void mention_resume(cli *c, const backup_options *own, bool whole, const espbak_backup_result *result)
{
    char folder[TEXT_PATH], name[TEXT_PATH];
    const bool named = name_to_give(name, own, result);
    espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "what was read so far is kept in %s", result->path);
    if (!whole) {
        const bool added = named && own->name == NULL;
        espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "to go on with it, run the same command with --resume%s%s",
                   added ? " --name " : "", added ? name : "");
        return;
    }
    text_shell_word(folder, sizeof(folder), c->set.folder);
    espbak_log(&c->watch.events, ESPBAK_LOG_WARNING, "to go on with it: espbak backup --resume%s%s%s%s",
               own->folder != NULL ? " -o " : "", own->folder != NULL ? folder : "", named ? " --name " : "", name);
}

void cmd_backup_show(cli *c, const backup_options *own, bool whole, const espbak_backup_result *result)
{
    render_backup(&c->out, result);
    if (!result->sealed && result->path != NULL)
        mention_resume(c, own, whole, result);
}

static espbak_status back_up_flash(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_backup_result result;
    espbak_backup_options job = backup_options_job(&own->backup, c->set.folder);
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    const espbak_status status = espbak_backup_run(&job, &result, err);
    cmd_backup_show(c, &own->backup, true, &result);
    espbak_backup_result_free(&result);
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
        "A run that was interrupted is gone on with by --resume: what was read before is compared with the device and "
        "only what has changed is read again. A device that goes away and comes back is gone on with in the same "
        "run.\n\n"
        "Port, chip, flash size and speed are found without being told.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, backup.folder),
    .run = back_up_flash,
};
