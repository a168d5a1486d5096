/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/show/render.h"

static void print_result(output *out, const espbak_rehearse_result *result)
{
    char line[160], time[TEXT_SHORT], size[TEXT_SHORT];
    const espbak_restore_result *restore = &result->restore;
    output_line(out, "Restored %s into a simulated chip", restore->path);
    output_field(out, "Chip", "%s", render_device_line(line, &restore->device));
    output_field(out, "Written", "%s of %s; on a line of 921600 baud about %s", text_size(size, restore->write_bytes),
                 text_size(line, restore->total_bytes), text_duration(time, restore->stats.seconds));
    output_field(out, "Read back", "%s", result->verified ? "all of it is what the backup holds" : "no");
    if (result->explained)
        output_field(out, "Boots", "%s: %s", espbak_boot_verdict_name(result->verdict), result->reason);
}

static void add_result(cJSON *root, const espbak_rehearse_result *result)
{
    if (root == NULL)
        return;
    output_json_text(root, "path", result->restore.path);
    render_device_brief_json(root, &result->restore.device);
    output_json_size(root, "total_bytes", result->restore.total_bytes);
    output_json_size(root, "write_bytes", result->restore.write_bytes);
    cJSON_AddNumberToObject(root, "seconds", result->restore.stats.seconds);
    cJSON_AddBoolToObject(root, "verified", result->verified);
    if (!result->explained)
        return;
    cJSON *boot = cJSON_AddObjectToObject(root, "boot");
    cJSON_AddStringToObject(boot, "verdict", espbak_boot_verdict_name(result->verdict));
    output_json_text(boot, "reason", result->reason);
}

static espbak_status rehearse(cli *c, espbak_error *err)
{
    espbak_rehearse_result result;
    const espbak_rehearse_options job = {
        .backup = c->words[0],
        .chip = c->set.chip,
        .no_stub = c->set.no_stub,
        .stub = c->set.stub,
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    const espbak_status status = espbak_rehearse_run(&job, &result, err);
    if (status == ESPBAK_OK)
        print_result(&c->out, &result);
    add_result(output_root(&c->out), &result);
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
    .min_words = 1,
    .max_words = 1,
    .run = rehearse,
};
