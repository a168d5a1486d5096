/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/render.h"
#include "espbak/ops.h"

static espbak_status run(cli *c, espbak_error *err)
{
    espbak_session_options session;
    espbak_device_info device;
    if (cli_session(c, &session, err) != ESPBAK_OK)
        return err->status;
    if (espbak_info_run(&session, &device, err) != ESPBAK_OK)
        return err->status;
    render_device(&c->out, &device);
    render_device_json(output_root(&c->out), &device);
    return ESPBAK_OK;
}

const cli_command cmd_info = {
    .name = "info",
    .aliases = {"flash_id", "flash-id"},
    .arguments = "",
    .summary = "the attached device: chip, MAC, flash, security",
    .description = "Tells what is attached: chip and revision, features, MAC, flash with its size and where that is "
                   "known from, security state, and the loader that answers.",
    .folder_offset = CLI_NO_FOLDER,
    .run = run,
};
