/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"
#include "espbak/backup.h"

static void print_entry(output *out, const espbak_backup_entry *entry)
{
    char size[TEXT_SHORT];
    output_line(out, "%-20s  %-8s  %-17s  %9s  %-10s  %s", entry->created[0] != '\0' ? entry->created : "-",
                entry->chip[0] != '\0' ? entry->chip : "-", entry->mac[0] != '\0' ? entry->mac : "-",
                text_size(size, entry->size), espbak_backup_entry_state_name(entry), entry->name);
    if (entry->parts[0] != '\0')
        output_line(out, "  parts: %s", entry->parts);
    if (entry->beginning)
        output_line(out, "  part: the beginning of a flash of %s", text_size(size, entry->flash_size));
    if (entry->size_doubted)
        output_line(out, "  flash: its size was not certain");
    if (entry->project[0] != '\0')
        output_line(out, "  app: %s %s", entry->project, entry->version);
    if (entry->taken_from[0] != '\0')
        output_line(out, "  taken from: %s", entry->taken_from);
    if (entry->note[0] != '\0')
        output_line(out, "  note: %s", entry->note);
    if (!entry->usable && (!entry->partial || entry->stuck) && entry->problem[0] != '\0')
        output_line(out, "  problem: %s", entry->problem);
}

static void add_entry(cJSON *list, const espbak_backup_entry *entry)
{
    const bool bare = !entry->usable, no_app = bare || entry->project[0] == '\0';
    const field rows[] = {
        {NULL, "path", TEXT(entry->path)},
        {NULL, "name", TEXT(entry->name)},
        {NULL, "state", TEXT(espbak_backup_entry_state_name(entry))},
        {NULL, "size", NUMBER(entry->size)},
        {NULL, "created", TEXT(entry->created), .absent = bare},
        {NULL, "chip", TEXT(entry->chip), .absent = bare},
        {NULL, "mac", TEXT(entry->mac), .absent = bare},
        {NULL, "note", TEXT(entry->note), .absent = bare},
        {NULL, "regions", NUMBER(entry->regions), .absent = bare},
        {NULL, "parts", TEXT(entry->parts), .absent = entry->parts[0] == '\0'},
        {NULL, "flash_size", NUMBER(entry->flash_size), .absent = bare},
        {NULL, "beginning", FLAG(entry->beginning), .absent = bare},
        {NULL, "size_doubted", FLAG(entry->size_doubted), .absent = bare},
        {NULL, "project", TEXT(entry->project), .absent = no_app},
        {NULL, "version", TEXT(entry->version), .absent = no_app},
        {NULL, "taken_from", TEXT(entry->taken_from), .absent = entry->taken_from[0] == '\0'},
        {NULL, "problem", TEXT(entry->problem), .absent = !bare || entry->problem[0] == '\0'},
    };
    fields_add(fields_item(list), rows, FIELD_COUNT(rows));
}

static espbak_status list_backups(cli *c, espbak_error *err)
{
    const char *folder = c->word_count > 0 ? c->words[0] : c->set.folder;
    espbak_backup_entry *entries = NULL;
    size_t count = 0;
    /* The folder that backup would make is no mistake while it is missing. */
    const bool expected = c->word_count > 0 || c->set.sources[SETTING_FOLDER].path != NULL;
    const bool missing = !expected && file_kind_of(folder) == FILE_KIND_MISSING;
    if (!missing && espbak_backup_list(folder, &entries, &count, err) != ESPBAK_OK)
        return err->status;
    const field place = {NULL, "folder", TEXT(folder)};
    fields_show(&c->out, &place, 1);
    cJSON *list = cJSON_AddArrayToObject(output_root(&c->out), "backups");
    for (size_t i = 0; i < count; i++)
        add_entry(list, &entries[i]);
    if (count == 0)
        output_line(&c->out, "no backups in %s", folder);
    for (size_t i = 0; i < count; i++)
        print_entry(&c->out, &entries[i]);
    espbak_backup_list_free(entries, count);
    return ESPBAK_OK;
}

const cli_command cmd_list = {
    .name = "list",
    .arguments = "[DIR]",
    .summary = "the backups in a folder, unfinished ones too",
    .description = "Lists the backups in a folder, newest first: when they were made, of which device, how large they "
                   "are, whether they were verified, which application they start, and those that were never finished. "
                   "Without DIR the folder is "
                   "ESPBAK_BACKUP_DIR, or backups.",
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE | SETTINGS_YES,
    .max_words = 1,
    .run = list_backups,
};
