/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/commands.h"
#include "cli/os/raw_stdout.h"
#include "cli/parse/table_options.h"
#include "cli/saved_name.h"
#include "cli/show/render.h"
#include "espbak/chip.h"
#include "espbak/export.h"

typedef struct options {
    int format; /* an espbak_export_format and 1; 0: none was given */
    const char *target;
    bool overwrite, force, redact;
    opt_texts redact_files;
    table_options table;
} options;

static const opt_choice formats[] = {
    {"bin", ESPBAK_EXPORT_BIN + 1},
    {"gz", ESPBAK_EXPORT_GZ + 1},
    {"hex", ESPBAK_EXPORT_HEX + 1},
    {"uf2", ESPBAK_EXPORT_UF2 + 1},
    {"esptool-args", ESPBAK_EXPORT_ESPTOOL_ARGS + 1},
    {"web-tools", ESPBAK_EXPORT_WEB_TOOLS + 1},
    {"partitions", ESPBAK_EXPORT_PARTITIONS + 1},
    {NULL, 0},
};

static const opt_spec specs[] = {
    {"format", 0, OPT_CHOICE, "FORMAT", "what the other program takes", offsetof(options, format), 0, formats},
    {"output", 'o', OPT_TEXT, "FILE|DIR", "where it goes, - for standard output; by default here, named after BACKUP",
     offsetof(options, target), 0, NULL},
    {"overwrite", 0, OPT_FLAG, NULL, "replace FILE if it is there", offsetof(options, overwrite), 0, NULL},
    {"redact", 0, OPT_FLAG, NULL,
     "blank what is secret, so that it can be given away; such an export is not written back",
     offsetof(options, redact), 0, NULL},
    {"redact-files", 0, OPT_TEXTS, "PARTITION:/PATH",
     "with --redact, blank contents of these files too; * and ** stand for more", offsetof(options, redact_files), 0,
     NULL},
    {"force", 0, OPT_FLAG, NULL, "make what could not be read, or is not held, 0xFF", offsetof(options, force), 0,
     NULL},
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static void show_parts(output *out, const espbak_export_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "files");
    for (size_t i = 0; i < result->part_count; i++) {
        const espbak_exported_part *part = &result->parts[i];
        char size[TEXT_SHORT], line[160];
        snprintf(line, sizeof(line), "0x%-8llx %9s  %s", (unsigned long long)part->offset, text_size(size, part->size),
                 part->file);
        const field rows[] = {
            {i == 0 ? "Files" : "", "file", TEXT(part->file), .line = line},
            {NULL, "name", TEXT(part->name)},
            {NULL, "offset", NUMBER(part->offset)},
            {NULL, "size", NUMBER(part->size)},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
}

static void show_redacted(output *out, const espbak_export_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "redacted");
    for (size_t i = 0; i < result->redacted_count; i++) {
        const espbak_redacted *row = &result->redacted[i];
        char line[160], count[32] = "";
        if (row->count > 0)
            snprintf(count, sizeof(count), ": %zu", row->count);
        snprintf(line, sizeof(line), "%-16s %s%s", row->name, row->what, count);
        const field rows[] = {
            {i == 0 ? "Blanked" : "", "name", TEXT(row->name), .line = line},
            {NULL, "offset", NUMBER(row->offset)},
            {NULL, "size", NUMBER(row->size)},
            {NULL, "what", TEXT(row->what)},
            {NULL, "count", NUMBER(row->count), .absent = row->count == 0},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
    if (result->redacted_count == 0)
        output_field(out, "Blanked", "nothing: no secret was found");
}

static void show_result(output *out, const espbak_export_result *result, bool redacted)
{
    char size[TEXT_SHORT], missing[TEXT_SHORT], holes[TEXT_SHORT];
    const bool folder = espbak_export_format_is_folder(result->format);
    const field rows[] = {
        {NULL, "target", TEXT(result->target)},
        {"Format", "format", TEXT(espbak_export_format_name(result->format))},
        {"Chip", "chip", TEXT(result->chip != NULL ? result->chip->name : NULL),
         .line = result->chip != NULL ? result->chip->title : NULL, .absent = result->chip == NULL},
        {"Flash", "size", NUMBER(result->size), .line = text_size(size, result->size)},
        {result->missing_bytes > 0 ? "Not held" : NULL, "missing_bytes", NUMBER(result->missing_bytes),
         .line = text_size(missing, result->missing_bytes)},
        {result->hole_bytes > 0 ? "Not read" : NULL, "hole_bytes", NUMBER(result->hole_bytes),
         .line = text_size(holes, result->hole_bytes)},
        {result->notice != NULL ? "Notice" : NULL, "notice", TEXT(result->notice), .absent = result->notice == NULL},
        {NULL, "left_out_bytes", NUMBER(result->left_out_bytes), .absent = !folder},
    };
    output_line(out, "The export is in %s", result->target);
    fields_show(out, rows, FIELD_COUNT(rows));
    if (redacted)
        show_redacted(out, result);
    if (folder)
        show_parts(out, result);
    else
        render_hashes(out, result->sha256, result->md5);
}

static espbak_status no_format(const cli *c, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_USAGE, "--format says what the other program takes");
    espbak_error_suggest(err, (const char *const[]){"export", "--format", "bin", "--", c->words[0], NULL});
    espbak_error_hint(err, "plain bytes, which all of them take, are made by:");
    return ESPBAK_E_USAGE;
}

static espbak_status export_backup(cli *c, espbak_error *err)
{
    const options *own = c->options;
    const bool to_stdout = own->target != NULL && strcmp(own->target, "-") == 0;
    char path[SAVED_PATH_MAX];
    if (own->format == 0)
        return no_format(c, err);
    if (own->redact_files.count > 0 && !own->redact)
        return espbak_fail(err, ESPBAK_E_USAGE, "--redact-files goes with --redact");
    espbak_export_options job = {
        .path = path,
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
        .format = (espbak_export_format)(own->format - 1),
        .target = to_stdout ? NULL : own->target,
        .overwrite = own->overwrite,
        .force = own->force,
        .redact = own->redact,
        .redact_files = own->redact_files.all,
        .redact_file_count = own->redact_files.count,
        .sink = to_stdout ? raw_stdout_take : NULL,
        .user = c->out.stream,
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    if ((to_stdout && raw_stdout_begin(c->out.json, err) != ESPBAK_OK) ||
        saved_find(c, c->words[0], path, err) != ESPBAK_OK)
        return err->status;
    espbak_export_result result;
    const espbak_status status = espbak_export_run(&job, &result, err);
    if (status == ESPBAK_OK && !to_stdout)
        show_result(&c->out, &result, own->redact);
    espbak_export_result_free(&result);
    return status;
}

const cli_command cmd_export = {
    .name = "export",
    .arguments = "BACKUP|FILE",
    .summary = "a backup as other programs take it",
    .description =
        "Writes a backup, or a dump made with another tool, for other programs: bin is the whole flash, gz the same "
        "packed, hex is Intel HEX, uf2 has the family of the chip. Three make a folder with a file a partition: "
        "esptool-args with flash_args for esptool write-flash, web-tools with manifest.json for ESP Web Tools, "
        "partitions with partitions.csv for gen_esp32part. The backup's files are checked first. What could not be "
        "read is "
        "refused, unless --force makes it 0xFF. --redact blanks values of NVS, keys, certificates and core dumps.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_LINE | SETTINGS_LOADER | SETTINGS_YES,
    .min_words = 1,
    .max_words = 1,
    .run = export_backup,
};
