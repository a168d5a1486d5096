/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/os/raw_stdout.h"
#include "cli/parse/table_options.h"
#include "cli/saved/source_word.h"
#include "cli/saved/volume_options.h"
#include "cli/show/render.h"
#include "espbak/ops.h"

typedef struct options {
    bool overwrite;
    volume_options volume;
    table_options table;
} options;

static const opt_spec specs[] = {
    {"overwrite", 0, OPT_FLAG, NULL, "replace FILE if it is there", offsetof(options, overwrite), 0, NULL},
    VOLUME_OPTION_ROWS(options, volume),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

static espbak_status extract_part(cli *c, espbak_error *err)
{
    const options *own = c->options;
    espbak_extract_result result;
    char path[SAVED_PATH_MAX];
    if (strcmp(c->words[0], "device") == 0) {
        espbak_fail(err, ESPBAK_E_USAGE, "of a device only files are extracted, as in PARTITION:/PATH");
        espbak_error_suggest(err, (const char *const[]){"backup-partitions", "--", c->words[1], NULL});
        espbak_error_hint(err, "a whole partition is saved by:");
        return ESPBAK_E_USAGE;
    }
    const bool to_stdout = strcmp(c->words[2], "-") == 0;
    if ((to_stdout && raw_stdout_begin(c->out.json, err) != ESPBAK_OK) ||
        saved_find(c, c->words[0], path, err) != ESPBAK_OK)
        return err->status;
    char size[TEXT_SHORT], part[64];
    const espbak_extract_options job = {
        .backup = path,
        .name = c->words[1],
        .file = to_stdout ? NULL : c->words[2],
        .overwrite = own->overwrite,
        .sink = raw_stdout_take,
        .user = c->out.stream,
        .chip = c->set.chip,
        .table = table_options_source(&own->table),
        .events = &c->watch.events,
        .cancel = c->cancel,
    };
    if (espbak_extract_run(&job, &result, err) != ESPBAK_OK)
        return err->status;
    if (to_stdout)
        return ESPBAK_OK;
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

static void show_files(cli *c, const espbak_extract_files_result *result)
{
    output *out = &c->out;
    char size[TEXT_SHORT], line[96], shown[ESPBAK_FILE_PATH_MAX] = "";
    const bool single = result->path != NULL;
    if (single)
        bytes_printable(shown, sizeof(shown), result->path, strlen(result->path));
    snprintf(line, sizeof(line), "%zu, %s", result->files, text_size(size, result->bytes));
    const field rows[] = {
        {NULL, "file", TEXT(result->target)},
        {NULL, "name", TEXT(result->name)},
        {NULL, "path", TEXT(shown), .absent = !single},
        {single ? NULL : "Files", "files", NUMBER(result->files), .line = line},
        {single ? NULL : "Folders", "folders", NUMBER(result->folders)},
        {single ? "Size" : NULL, "size", NUMBER(result->bytes), .line = size},
    };
    if (single)
        output_line(out, "%s:%s is in %s", result->name, shown, result->target);
    else
        output_line(out, "Files of %s are in %s", result->name, result->target);
    render_device_brief(out, result->device.chip != NULL ? "Device" : NULL, &result->device);
    fields_show(out, rows, FIELD_COUNT(rows));
    if (single)
        render_hashes(out, result->sha256, result->md5);
}

/* `slash` is where the path begins within PARTITION:/PATH. */
static espbak_status extract_files(cli *c, const char *slash, espbak_error *err)
{
    const options *own = c->options;
    char path[SAVED_PATH_MAX], name[ESPBAK_REGION_NAME_MAX];
    const bool to_stdout = strcmp(c->words[2], "-") == 0;
    const size_t length = (size_t)(slash - 1 - c->words[1]);
    if (length >= sizeof(name))
        return espbak_fail(err, ESPBAK_E_USAGE, "a partition's name of %zu bytes cannot be meant", length);
    memcpy(name, c->words[1], length);
    name[length] = '\0';
    espbak_extract_files_options job = {
        .from = {.name = length > 0 ? name : NULL},
        .pattern = slash,
        .target = to_stdout ? NULL : c->words[2],
        .overwrite = own->overwrite,
        .sink = raw_stdout_take,
        .user = c->out.stream,
    };
    if (volume_options_take(&own->volume, &job.from, err) != ESPBAK_OK ||
        (to_stdout && raw_stdout_begin(c->out.json, err) != ESPBAK_OK) ||
        source_word(c, &own->table, path, &job.from, err) != ESPBAK_OK)
        return err->status;
    espbak_extract_files_result result;
    const espbak_status status = espbak_extract_files_run(&job, &result, err);
    if (status == ESPBAK_OK && !to_stdout)
        show_files(c, &result);
    espbak_extract_files_result_free(&result);
    return status;
}

static espbak_status extract(cli *c, espbak_error *err)
{
    const char *colon = strstr(c->words[1], ":/");
    return colon != NULL ? extract_files(c, colon + 1, err) : extract_part(c, err);
}

const cli_command cmd_extract = {
    .name = "extract",
    .arguments = "BACKUP|FILE|device NAME FILE",
    .summary = "one partition, or files in one, out of a backup or a dump",
    .description =
        "Cuts one part out of a backup into a file of its own, after the backup's files were checked. BACKUP "
        "may be a dump of another tool or a merged image too. NAME is a label of its partition table, "
        "bootloader, partition-table, or app for the application that boots. With PARTITION:/PATH as NAME a file of "
        "LittleFS, FAT or SPIFFS is taken out, of the device too; with a folder, or with *, ** and ? in PATH, FILE is "
        "a "
        "folder that gets all that fits. With - as FILE it goes to standard output, several files as a tar archive.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .min_words = 3,
    .max_words = 3,
    .run = extract,
};
