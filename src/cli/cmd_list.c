/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/show/text.h"
#include "espbak/backup.h"

static void print_entry(output *out, const espbak_backup_entry *entry)
{
    char size[TEXT_SHORT];
    output_line(out, "%-20s  %-8s  %-17s  %9s  %-10s  %s", entry->created[0] != '\0' ? entry->created : "-",
                entry->chip[0] != '\0' ? entry->chip : "-", entry->mac[0] != '\0' ? entry->mac : "-",
                text_size(size, entry->size), espbak_backup_entry_state_name(entry), entry->name);
    if (entry->project[0] != '\0')
        output_line(out, "  app: %s %s", entry->project, entry->version);
    if (entry->note[0] != '\0')
        output_line(out, "  note: %s", entry->note);
    if (!entry->usable && !entry->partial && entry->problem[0] != '\0')
        output_line(out, "  problem: %s", entry->problem);
}

static void add_entry(cJSON *list, const espbak_backup_entry *entry)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(list, item);
    output_json_text(item, "path", entry->path);
    output_json_text(item, "name", entry->name);
    cJSON_AddStringToObject(item, "state", espbak_backup_entry_state_name(entry));
    output_json_size(item, "size", entry->size);
    if (entry->usable) {
        output_json_text(item, "created", entry->created);
        output_json_text(item, "chip", entry->chip);
        output_json_text(item, "mac", entry->mac);
        output_json_text(item, "note", entry->note);
        output_json_size(item, "regions", entry->regions);
        if (entry->project[0] != '\0') {
            output_json_text(item, "project", entry->project);
            output_json_text(item, "version", entry->version);
        }
    } else if (entry->problem[0] != '\0') {
        output_json_text(item, "problem", entry->problem);
    }
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
    cJSON *root = output_root(&c->out);
    if (root != NULL)
        output_json_text(root, "folder", folder);
    cJSON *list = cJSON_AddArrayToObject(root, "backups");
    for (size_t i = 0; i < count && list != NULL; i++)
        add_entry(list, &entries[i]);
    if (count == 0)
        output_line(&c->out, "no backups in %s", folder);
    for (size_t i = 0; i < count; i++)
        print_entry(&c->out, &entries[i]);
    espbak_free(entries);
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
    .max_words = 1,
    .run = list_backups,
};
