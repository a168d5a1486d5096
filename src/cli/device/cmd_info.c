/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/profile_use.h"
#include "cli/parse/table_options.h"
#include "cli/paste.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    bool efuses;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"efuses", 0, OPT_FLAG, NULL, "read the eFuses too, but for blocks of keys, and show those that are not zero",
     offsetof(options, efuses), 0, NULL},
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

/* The first one stands for itself as well, as it did when there was room for one only. */
static void show_partition(cli *c, cJSON *list, const espbak_partition *entry, bool first, const espbak_profile *board)
{
    char size[TEXT_SHORT], line[256];
    snprintf(line, sizeof(line), "%s, %s that belong to this one device%s%s", entry->label,
             text_size(size, entry->size), first && board != NULL ? "; the board looks like a " : "",
             first && board != NULL ? board->title : "");
    const field rows[] = {
        {first ? "Factory data" : "", "name", TEXT(entry->label), .line = line},
        {NULL, "offset", NUMBER(entry->offset)},
        {NULL, "size", NUMBER(entry->size)},
    };
    const field alone[] = {
        {NULL, "factory_data.name", TEXT(entry->label)},
        {NULL, "factory_data.offset", NUMBER(entry->offset)},
        {NULL, "factory_data.size", NUMBER(entry->size)},
        {NULL, "factory_data.profile", TEXT(board != NULL ? board->name : NULL), .absent = board == NULL},
    };
    fields_show_item(&c->out, list, rows, FIELD_COUNT(rows));
    if (first)
        fields_show(&c->out, alone, FIELD_COUNT(alone));
}

/* What a maker put on this one device deserves a copy before anything else is done with it. */
static void show_factory(cli *c, const espbak_contents *contents, const espbak_table_source *boards)
{
    const espbak_profile *board = espbak_contents_board(contents, boards->boards, boards->board_count);
    const char *words[ESPBAK_PARTITIONS_MAX + 4] = {"backup-partitions", "--"};
    size_t used = 0;
    cJSON *list = NULL;
    for (size_t i = 0; contents->boot.table_found && i < contents->boot.table.count; i++) {
        const espbak_partition *entry = &contents->boot.table.entries[i];
        if (!espbak_contents_is_factory(contents, boards, entry))
            continue;
        if (used == 0)
            list = cJSON_AddArrayToObject(output_root(&c->out), "factory_partitions");
        show_partition(c, list, entry, used == 0, board);
        words[2 + used++] = entry->label;
    }
    if (used == 0)
        return;
    output_field(&c->out, "", "keep a copy:");
    paste_show(c, board != NULL ? (const char *const[]){"backup-partitions", "--profile", board->name, NULL} : words);
}

static void show_efuses(output *out, const espbak_device_info *device)
{
    const bool locked = device->security.secure_download == ESPBAK_YES;
    render_efuses(out, &device->efuses, device->chip, device->revision,
                  locked ? "not read: Secure Download Mode lets nobody read them" : "not read");
}

static espbak_status look_at_device(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_info_options job = {.table = table_options_source(&own->table)};
    espbak_info_result result;
    espbak_table_source known = {.file = NULL};
    profile_use boards = {.given = false};
    if (cli_session(c, &job.session, err) != ESPBAK_OK)
        return err->status;
    job.session.efuses = own->efuses;
    espbak_status status = espbak_info_run(&job, &result, err);
    if (status == ESPBAK_OK)
        render_device(&c->out, &result.device);
    if (status == ESPBAK_OK && own->efuses)
        show_efuses(&c->out, &result.device);
    if (status == ESPBAK_OK && result.contents != NULL) {
        render_contents(&c->out, result.contents);
        render_verdict(&c->out, &result.contents->boot);
        status = profile_apply(&boards, NULL, &c->set, &c->watch.events, err);
        profile_add_places(&boards, &known);
    }
    if (status == ESPBAK_OK && result.contents != NULL)
        show_factory(c, result.contents, &known);
    profile_free(&boards);
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
                   "applications with their versions, and which of them is selected.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .several = CLI_EACH_DEVICE,
    .ignores = SETTINGS_YES,
    .run = look_at_device,
};
