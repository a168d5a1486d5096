/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/table_options.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    table_options table;
} options;

static const opt_spec specs[] = {
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

/* What a maker put on this one device deserves a copy before anything else is done with it. */
static espbak_status show_factory(cli *c, const espbak_contents *contents, espbak_error *err)
{
    const espbak_partition *entry = espbak_factory_partition(&contents->boot.table);
    espbak_profile *profiles = NULL;
    size_t count = 0;
    char path[1024], size[TEXT_SHORT], line[256];
    if (!contents->boot.table_found || entry == NULL)
        return ESPBAK_OK;
    if (espbak_profiles_list(profile_folder(path, sizeof(path)), &profiles, &count, NULL, NULL, err) != ESPBAK_OK)
        return err->status;
    const espbak_profile *board = profile_recognize(profiles, count, contents);
    snprintf(line, sizeof(line), "%s, %s that belong to this one device%s%s", entry->label,
             text_size(size, entry->size), board != NULL ? "; the board looks like a " : "",
             board != NULL ? board->title : "");
    const field rows[] = {
        {"Factory data", "factory_data.name", TEXT(entry->label), .line = line},
        {NULL, "factory_data.offset", NUMBER(entry->offset)},
        {NULL, "factory_data.size", NUMBER(entry->size)},
        {NULL, "factory_data.profile", TEXT(board != NULL ? board->name : NULL), .absent = board == NULL},
    };
    fields_show(&c->out, rows, FIELD_COUNT(rows));
    output_field(&c->out, "", "keep a copy: espbak backup-partitions %s%s", board != NULL ? "--profile " : "",
                 board != NULL ? board->name : entry->label);
    espbak_free(profiles);
    return ESPBAK_OK;
}

static espbak_status look_at_device(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_info_options job = {.table = table_options_source(&own->table)};
    espbak_info_result result;
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    espbak_status status = espbak_info_run(&job, &result, err);
    if (status == ESPBAK_OK)
        render_device(&c->out, &result.device);
    if (status == ESPBAK_OK && result.contents != NULL) {
        render_contents(&c->out, result.contents);
        status = show_factory(c, result.contents, err);
    }
    espbak_info_result_free(&result);
    return status;
}

const cli_command cmd_info = {
    .name = "info",
    .aliases = {"flash_id", "flash-id"},
    .arguments = "",
    .summary = "the attached device: chip, MAC, flash, security, partitions",
    .description = "Tells what is attached: chip and revision, features, MAC, flash with its size and where that is "
                   "known from, security state, the loader that answers, the bootloader, the partition table, the "
                   "applications with their versions, and which of them boots.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .run = look_at_device,
};
