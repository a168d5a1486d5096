/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/restore.h"

static void show_result(output *out, const espbak_rehearse_result *result)
{
    char time[TEXT_SHORT], size[TEXT_SHORT], whole[TEXT_SHORT], written[160];
    const espbak_restore_result *restore = &result->restore;
    const char *same = result->verified ? "all of it is what the backup holds" : "no";
    snprintf(written, sizeof(written), "%s of %s; on a line of 921600 baud about %s",
             text_size(size, restore->write_bytes), text_size(whole, restore->total_bytes),
             text_duration(time, restore->stats.seconds));
    const field path = {NULL, "path", TEXT(restore->path)};
    const field rows[] = {
        {NULL, "total_bytes", NUMBER(restore->total_bytes)},
        {"Written", "write_bytes", NUMBER(restore->write_bytes), .line = written},
        {NULL, "seconds", REAL(restore->stats.seconds)},
        {"Read back", "verified", FLAG(result->verified), .line = same},
    };
    output_line(out, "Restored %s into a simulated chip", restore->path);
    fields_show(out, &path, 1);
    render_device_brief(out, "Chip", &restore->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    if (result->explained)
        render_boot(out, result->verdict, result->condition, result->reason);
}

static espbak_status rehearse(cli *c, espbak_error *err)
{
    espbak_rehearse_result result;
    char path[SAVED_PATH_MAX];
    if (saved_find(c, c->words[0], path, err) != ESPBAK_OK)
        return err->status;
    const espbak_rehearse_options job = {
        .backup = path,
        .chip = c->set.chip,
        .no_stub = c->set.no_stub,
        .stub = c->set.stub,
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    const espbak_status status = espbak_rehearse_run(&job, &result, err);
    if (status == ESPBAK_OK || c->out.json)
        show_result(&c->out, &result);
    espbak_rehearse_result_free(&result);
    return status;
}

const cli_command cmd_rehearse = {
    .name = "rehearse",
    .arguments = "BACKUP",
    .summary = "restore into a simulated chip, read back, say whether it boots",
    .description = "Tries a restore without a device: a simulated chip of the same kind, with an erased flash of the "
                   "same size, is "
                   "written as a real one would be, read back and compared with the backup. Then what it holds is "
                   "judged: would it "
                   "boot? The simulated flash stands beside the backup meanwhile and is removed.",
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_LINE | SETTINGS_YES,
    .min_words = 1,
    .max_words = 1,
    .run = rehearse,
};
