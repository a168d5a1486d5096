/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/render.h"
#include "cli/render_contents.h"
#include "cli/table_options.h"
#include "espbak/ops.h"

typedef struct options {
    table_options table;
} options;

static const opt_spec specs[] = {
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static espbak_status run(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_info_options job = {.table = table_options_source(&own->table)};
    espbak_info_result result;
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    if (espbak_info_run(&job, &result, err) != ESPBAK_OK)
        return err->status;
    render_device(&c->out, &result.device);
    render_device_json(output_root(&c->out), &result.device);
    if (result.looked) {
        render_contents(&c->out, &result.contents);
        render_contents_json(output_root(&c->out), &result.contents);
    }
    return ESPBAK_OK;
}

const cli_command cmd_info = {
    .name = "info",
    .aliases = {"flash_id", "flash-id"},
    .arguments = "",
    .summary = "the attached device: chip, MAC, flash, security, partitions",
    .description = "Tells what is attached: chip and revision, features, MAC, flash with its size and where that is "
                   "known from, security state, the loader that answers, the bootloader, the partition table, the "
                   "applications with their versions, and which of them boots.",
    .options = specs,
    .option_count = sizeof(specs) / sizeof(specs[0]),
    .options_size = sizeof(options),
    .folder_offset = CLI_NO_FOLDER,
    .run = run,
};
