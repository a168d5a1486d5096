/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "base/utc.h"
#include "cli/commands.h"
#include "cli/parse/table_options.h"
#include "cli/saved/documents.h"
#include "cli/saved/source_word.h"
#include "cli/saved/volume_options.h"
#include "cli/show/render.h"

typedef struct options {
    volume_options volume;
    table_options table;
} options;

static const opt_spec specs[] = {
    VOLUME_OPTION_ROWS(options, volume),
    TABLE_OPTION_FILE(options, table),
    TABLE_OPTION_OFFSET(options, table),
};

enum { ATTRIBUTES = 4 };

/* As the systems write it that have these attributes: "rhsa", and '-' for what is not set. */
static const char *show_attributes(char out[ATTRIBUTES + 1], unsigned attributes)
{
    static const char letters[ATTRIBUTES + 1] = "rhsa"; /* in the order of the bits */
    for (unsigned i = 0; i < ATTRIBUTES; i++)
        out[i] = (char)((attributes >> i & 1) != 0 ? letters[i] : '-');
    out[ATTRIBUTES] = '\0';
    return out;
}

static void show_file(output *out, cJSON *list, const espbak_file *entry, bool dates, bool attributes)
{
    char path[ESPBAK_FILE_PATH_MAX], line[ESPBAK_FILE_PATH_MAX + 96], when[UTC_MAX] = "", what[ATTRIBUTES + 1];
    char size[TEXT_SHORT] = "folder";
    bytes_printable(path, sizeof(path), entry->path, strlen(entry->path));
    show_attributes(what, entry->attributes);
    if (entry->dated)
        utc_text(when, entry->modified);
    if (!entry->folder)
        snprintf(size, sizeof(size), "%llu", (unsigned long long)entry->size);
    snprintf(line, sizeof(line), "%10s  %s%s%-*s%s%s%s", size, attributes ? what : "", attributes ? "  " : "",
             dates ? UTC_TEXT_LENGTH : 0, when, dates ? "  " : "", path, entry->folder ? "/" : "");
    const field rows[] = {
        {"", "path", TEXT(path), .line = line},
        {NULL, "folder", FLAG(entry->folder)},
        {NULL, "size", NUMBER(entry->size), .absent = entry->folder},
        {NULL, "modified", TEXT(when), .absent = !entry->dated},
        {NULL, "attributes", TEXT(what), .absent = !attributes},
    };
    fields_show_item(out, list, rows, FIELD_COUNT(rows));
}

static void show_files(output *out, cJSON *list, const espbak_listed_volume *volume)
{
    const espbak_file_list *files = &volume->files;
    const bool attributes = strcmp(volume->info.name, "FAT") == 0;
    bool dates = false;
    for (size_t i = 0; i < files->count; i++)
        dates = dates || files->entries[i].dated;
    for (size_t i = 0; i < files->count; i++)
        show_file(out, list, &files->entries[i], dates, attributes);
}

static void show_findings(output *out, cJSON *item, const espbak_findings *findings)
{
    cJSON *list = cJSON_AddArrayToObject(item, "findings");
    for (size_t i = 0; i < findings->count; i++) {
        const espbak_finding *finding = &findings->entries[i];
        const char *severity = espbak_severity_name(finding->severity);
        char line[ESPBAK_FINDING_TEXT_MAX + 16];
        snprintf(line, sizeof(line), "%s: %s", severity, finding->text);
        const field rows[] = {
            {i == 0 ? "Findings" : "", "severity", TEXT(severity), .line = line},
            {NULL, "text", TEXT(finding->text)},
        };
        fields_show_item(out, list, rows, FIELD_COUNT(rows));
    }
    if (findings->left_out > 0)
        output_field(out, "", "and %zu more", findings->left_out);
}

static void show_volume(output *out, cJSON *list, const espbak_listed_volume *volume)
{
    uint64_t bytes = 0;
    size_t files = 0;
    char total[TEXT_SHORT], line[192];
    for (size_t i = 0; i < volume->files.count; i++) {
        bytes += volume->files.entries[i].size;
        files += !volume->files.entries[i].folder;
    }
    snprintf(line, sizeof(line), "%s, %zu file%s, %s", volume->info.about, files, files == 1 ? "" : "s",
             text_size(total, bytes));
    const field rows[] = {
        {NULL, "name", TEXT(volume->name)},
        {NULL, "offset", NUMBER(volume->offset)},
        {NULL, "size", NUMBER(volume->size)},
        {NULL, "file_system", TEXT(volume->info.name), .absent = !volume->opened},
        {NULL, "about", TEXT(volume->info.about), .absent = !volume->opened},
        {NULL, "block_size", NUMBER(volume->info.block_size), .absent = !volume->opened},
        {NULL, "left_out", NUMBER(volume->files.left_out), .absent = !volume->opened},
    };
    output_line(out, "%s: %s", volume->name, volume->opened ? line : "its files cannot be read");
    cJSON *item = fields_item(list);
    fields_add(item, rows, FIELD_COUNT(rows));
    if (volume->opened)
        show_files(out, cJSON_AddArrayToObject(item, "files"), volume);
    show_findings(out, item, &volume->findings);
}

void files_show(output *out, const espbak_files_result *result)
{
    render_device_brief(out, result->device.chip != NULL ? "Device" : NULL, &result->device);
    cJSON *list = cJSON_AddArrayToObject(output_root(out), "volumes");
    for (size_t i = 0; i < result->volume_count; i++)
        show_volume(out, list, &result->volumes[i]);
    if (result->volume_count == 0)
        output_line(out, "No partition holds LittleFS, FAT or SPIFFS");
}

static espbak_status list_files(cli *c, espbak_error *err)
{
    const options *own = c->options;
    char path[SAVED_PATH_MAX];
    espbak_files_source from = {.name = c->word_count > 1 ? c->words[1] : NULL};
    if (volume_options_take(&own->volume, &from, err) != ESPBAK_OK ||
        source_word(c, &own->table, path, &from, err) != ESPBAK_OK)
        return err->status;
    espbak_files_result result;
    const espbak_status status = espbak_files_run(&from, &result, err);
    if (status == ESPBAK_OK)
        files_show(&c->out, &result);
    espbak_files_result_free(&result);
    return status;
}

const cli_command cmd_files = {
    .name = "files",
    .arguments = "BACKUP|FILE|device [PARTITION]",
    .summary = "the files in the file systems of a backup, a dump or the device",
    .description =
        "Lists the files of each partition that holds LittleFS, FAT or SPIFFS: path, size, date where there is one, "
        "and "
        "attributes of FAT (read-only, hidden, system, archive). FILE may be a dump of a whole flash, or the image of "
        "a "
        "file system alone. Of a device no more is read than that takes. What is damaged is left out, and said.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_YES,
    .min_words = 1,
    .max_words = 2,
    .run = list_files,
};
