/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/device/cmd_backup.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/device/outlet.h"
#include "cli/paste.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"

typedef struct options {
    backup_options backup;
} options;

static const opt_spec specs[] = {
    BACKUP_OPTION_ROWS(options, backup),
};

/* What --name has to say: as before, or what else does not tell a device without a MAC. NULL: nothing. */
static const char *name_to_give(char own_name[TEXT_PATH], const backup_options *own, const espbak_backup_result *result)
{
    static const char suffix[] = ".partial";
    const char *name = file_name_of(result->path);
    if (own->name != NULL || result->device.mac_known)
        return own->name;
    snprintf(own_name, TEXT_PATH, "%.*s", (int)(strlen(name) - strlen(suffix)), name);
    return own_name;
}

/* One of parts is gone on with by the command that began it, since it names them. */
static void mention_resume(cli *c, const backup_options *own, bool whole, const espbak_backup_result *result,
                           const char *next_loader)
{
    char buffer[TEXT_PATH];
    const char *const name = name_to_give(buffer, own, result);
    const char *const flag = name != NULL ? "--name" : NULL;
    const char *words[] = {"backup", "--resume", NULL, NULL, NULL, NULL, NULL};
    size_t count = 2;
    if (next_loader != NULL) {
        words[count++] = "--loader";
        words[count++] = next_loader;
    }
    words[count++] = flag;
    words[count] = name;
    snprintf(c->advice.why, sizeof(c->advice.why),
             "what was read so far is kept in %s; to go on with it:", result->path);
    if (whole)
        paste_command(c, c->advice.again, words);
    else if (own->resume)
        paste_again(c, c->advice.again, next_loader, NULL);
    else
        paste_again(c, c->advice.again, next_loader,
                    (const char *const[]){"--resume", own->name == NULL ? flag : NULL, name, NULL});
}

static void show_ways_back(cli *c, const char *path)
{
    output_line(&c->out, "Compare it with the device again, or put it back:");
    paste_show(c, (const char *const[]){"verify", "--", path, NULL});
    paste_show(c, (const char *const[]){"restore", "--", path, NULL});
}

void cmd_backup_show(cli *c, const backup_options *own, bool whole, const espbak_backup_result *result,
                     const espbak_error *err)
{
    if (c->temporary != NULL)
        return; /* standard output is for the backup */
    render_backup(&c->out, result);
    if (result->sealed)
        show_ways_back(c, result->path);
    else if (result->path != NULL)
        mention_resume(c, own, whole, result, err->next_loader);
}

static espbak_status back_up_flash(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_backup_result result;
    espbak_backup_options job = backup_options_job(&own->backup, c->set.folder);
    char base[SAVED_PATH_MAX];
    if (own->backup.base != NULL && saved_find(c, own->backup.base, base, err) != ESPBAK_OK)
        return err->status;
    job.base = own->backup.base != NULL ? base : NULL;
    if (outlet_prepare(c, &own->backup, &job, err) != ESPBAK_OK || cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = espbak_backup_run(&job, &result, err);
    cmd_backup_show(c, &own->backup, true, &result, err);
    if (status == ESPBAK_OK)
        status = outlet_deliver(c, &own->backup, &result, err);
    espbak_backup_result_free(&result);
    return status;
}

const cli_command cmd_backup = {
    .name = "backup",
    .arguments = "",
    .summary = "the whole flash of the device into a new backup",
    .description =
        "Reads the whole flash of the attached device into a new backup folder: the flash byte for byte, a manifest "
        "that says what it is and of which device, and SHA256SUMS. Every chunk is proven by the chip's digest while it "
        "is read; then the file on disk is compared with the chip once more, and only then the backup gets its "
        "name.\n\n"
        "A run that was interrupted is gone on with by --resume: what was read before is compared with the device and "
        "only what has changed is read again. A device that goes away and comes back is gone on with in the same "
        "run.\n\n"
        "Port, chip, flash size and speed are found without being told.",
    CLI_OPTIONS(specs, options),
    .folder_offset = offsetof(options, backup.folder),
    .several = CLI_EACH_DEVICE,
    .ignores = SETTINGS_YES,
    .run = back_up_flash,
};
