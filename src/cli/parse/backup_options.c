/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/backup_options.h"

#include <stdio.h>

#include "cli/show/render_backup.h"

espbak_backup_options backup_options_job(const cli *c, const backup_options *own)
{
    return (espbak_backup_options){
        .folder = c->set.folder,
        .name = own->name,
        .note = own->note,
        .no_verify = own->no_verify,
        .full = own->full,
        .base = own->base,
        .resume = own->resume,
        .allow_unreadable = own->allow_unreadable,
        .wait_seconds = (unsigned)own->wait.value,
    };
}

/* One of parts is gone on with by naming the parts again, which is left to the user's history. */
static void mention_resume(cli *c, const backup_options *own, bool whole, const char *path)
{
    char folder[ESPBAK_PATH_MAX + 64], name[ESPBAK_PATH_MAX + 64];
    espbak_log(&c->events, ESPBAK_LOG_WARNING, "what was read so far is kept in %s", path);
    if (!whole) {
        espbak_log(&c->events, ESPBAK_LOG_WARNING, "to go on with it, run the same command with --resume");
        return;
    }
    text_shell_word(folder, sizeof(folder), c->set.folder);
    text_shell_word(name, sizeof(name), own->name != NULL ? own->name : "");
    espbak_log(&c->events, ESPBAK_LOG_WARNING, "to go on with it: espbak backup --resume%s%s%s%s",
               own->folder != NULL ? " -o " : "", own->folder != NULL ? folder : "",
               own->name != NULL ? " --name " : "", own->name != NULL ? name : "");
}

espbak_status backup_options_finish(cli *c, const backup_options *own, bool whole, espbak_status status,
                                    const espbak_backup_result *result)
{
    render_backup_json(output_root(&c->out), result);
    if (result->sealed)
        render_backup(&c->out, result);
    else if (result->path[0] != '\0')
        mention_resume(c, own, whole, result->path);
    return status;
}
