/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    bool overwrite;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"overwrite", 0, OPT_FLAG, NULL, "replace FILE if it is there", offsetof(options, overwrite), 0, NULL},
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static espbak_status extract_part(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_extract_result result;
    char path[SAVED_PATH_MAX];
    if (saved_find(c, c->words[0], path, err) != ESPBAK_OK)
        return err->status;
    char size[TEXT_SHORT], part[64];
    const espbak_extract_options job = {
        .backup = path,
        .name = c->words[1],
        .file = c->words[2],
        .overwrite = own->overwrite,
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    if (espbak_extract_run(&job, &result, err) != ESPBAK_OK)
        return err->status;
    snprintf(part, sizeof(part), "%s from 0x%llX", text_size(size, result.size), (unsigned long long)result.offset);
    const field rows[] = {
        {NULL, "file", TEXT(job.file)},
        {NULL, "name", TEXT(result.name)},
        {NULL, "offset", NUMBER(result.offset)},
        {"Part", "size", NUMBER(result.size), .line = part},
    };
    output_line(&c->out, "%s is in %s", result.name, job.file);
    fields_show(&c->out, rows, FIELD_COUNT(rows));
    render_hashes(&c->out, result.sha256, result.md5);
    return ESPBAK_OK;
}

const cli_command cmd_extract = {
    .name = "extract",
    .arguments = "BACKUP NAME FILE",
    .summary = "one partition out of a backup or a dump",
    .description =
        "Cuts one part out of a backup into a file of its own, after the backup's files were checked. BACKUP "
        "may be a dump of another tool or a merged image too. NAME is a label of its partition table, "
        "bootloader, partition-table, or app for the application that boots.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .min_words = 3,
    .max_words = 3,
    .run = extract_part,
};
