/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/show/fields.h"
#include "cli/show/text.h"
#include "espbak/backup.h"

enum { KEEP_MOST = 100000 };

typedef struct options {
    opt_number last, daily, weekly, monthly;
    bool dry_run;
} options;

#define AT(member) offsetof(options, member)

static const opt_spec specs[] = {
    {"keep-last", 0, OPT_NUMBER, "N", "keep the newest N", AT(last), KEEP_MOST, NULL},
    {"keep-daily", 0, OPT_NUMBER, "N", "keep the newest of each of the last N days that have one", AT(daily), KEEP_MOST,
     NULL},
    {"keep-weekly", 0, OPT_NUMBER, "N", "of weeks", AT(weekly), KEEP_MOST, NULL},
    {"keep-monthly", 0, OPT_NUMBER, "N", "of months", AT(monthly), KEEP_MOST, NULL},
    {"dry-run", 'n', OPT_FLAG, NULL, "say what would be removed, and remove nothing", AT(dry_run), 0, NULL},
};

typedef struct pruning {
    cli *c;
    espbak_backup_entry *entries;
    unsigned *why;
    size_t count, doomed, removed;
    uint64_t bytes;
} pruning;

static const char *reasons(char out[TEXT_COLUMNS], unsigned why)
{
    static const char *const words[] = {"last",
                                        "daily",
                                        "weekly",
                                        "monthly",
                                        "first verified",
                                        "newest verified",
                                        "unfinished, unusable or of an unknown device"};
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((why & 1u << i) != 0)
            used += (size_t)snprintf(out + used, TEXT_COLUMNS - used, "%s%s", used > 0 ? ", " : "", words[i]);
    }
    return out;
}

static void show_plan(pruning *p)
{
    cJSON *const root = output_root(&p->c->out);
    cJSON *const kept = cJSON_AddArrayToObject(root, "keep");
    cJSON *const doomed = cJSON_AddArrayToObject(root, "remove");
    char text[TEXT_COLUMNS], size[TEXT_SHORT];
    for (size_t i = 0; i < p->count; i++) {
        const espbak_backup_entry *entry = &p->entries[i];
        const bool goes = p->why[i] == 0;
        const field rows[] = {
            {NULL, "path", TEXT(entry->path)},
            {NULL, "why", TEXT(reasons(text, p->why[i])), .absent = goes},
        };
        fields_add(fields_item(goes ? doomed : kept), rows, FIELD_COUNT(rows));
        output_line(&p->c->out, "%-6s  %s%s%s%s", goes ? "remove" : "keep", entry->name, goes ? "" : "  (", text,
                    goes ? "" : ")");
        p->doomed += goes;
        p->bytes += goes ? entry->size : 0;
    }
    output_line(&p->c->out, "%zu of %zu to be removed, %s", p->doomed, p->count, text_size(size, p->bytes));
}

static espbak_status remove_all(pruning *p, espbak_error *err)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->why[i] != 0)
            continue;
        if (p->c->cancel->requested)
            return espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted");
        if (espbak_backup_remove(p->entries[i].path, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "removing %s", p->entries[i].name);
        p->removed++;
    }
    return ESPBAK_OK;
}

static espbak_status prune(pruning *p, const options *own, const espbak_keep_rules *rules, espbak_error *err)
{
    char question[TEXT_COLUMNS];
    espbak_backup_keep(p->entries, p->count, rules, p->why);
    show_plan(p);
    if (own->dry_run || p->doomed == 0)
        return ESPBAK_OK;
    (void)fflush(p->c->out.stream);
    snprintf(question, sizeof(question), "Remove %zu backup%s?", p->doomed, p->doomed == 1 ? "" : "s");
    espbak_status status = cli_confirm(p->c, question, err);
    if (status == ESPBAK_OK)
        status = remove_all(p, err);
    const field rows[] = {{NULL, "removed", NUMBER(p->removed)}};
    fields_show(&p->c->out, rows, FIELD_COUNT(rows));
    if (p->removed > 0)
        output_line(&p->c->out, "%zu removed", p->removed);
    return status;
}

/* A link is one more name of a backup, often "latest" of the newest: the rules do not count it, and it stays. */
static size_t put_links_last(espbak_backup_entry *entries, size_t count)
{
    size_t folders = 0;
    for (size_t i = 0; i < count; i++) {
        if (file_kind_of(entries[i].path) != FILE_KIND_FOLDER)
            continue;
        const espbak_backup_entry entry = entries[i];
        entries[i] = entries[folders];
        entries[folders++] = entry;
    }
    return folders;
}

static espbak_status prune_folder(cli *c, espbak_error *err)
{
    const options *own = c->options;
    const char *folder = c->word_count > 0 ? c->words[0] : c->set.folder;
    const espbak_keep_rules rules = {(unsigned)own->last.value, (unsigned)own->daily.value, (unsigned)own->weekly.value,
                                     (unsigned)own->monthly.value};
    pruning p = {.c = c};
    if (!own->last.given && !own->daily.given && !own->weekly.given && !own->monthly.given) {
        espbak_fail(err, ESPBAK_E_USAGE, "nothing says which backups to keep");
        espbak_error_suggest(err, (const char *const[]){"prune", "--dry-run", "--keep-last", "3", "--keep-monthly",
                                                        "12", "--", c->word_count > 0 ? folder : NULL, NULL});
        espbak_error_hint(err, "name at least one rule, such as:");
        return ESPBAK_E_USAGE;
    }
    size_t listed;
    if (espbak_backup_list(folder, &p.entries, &listed, err) != ESPBAK_OK)
        return err->status;
    p.count = put_links_last(p.entries, listed);
    p.why = calloc(p.count + 1, sizeof(*p.why));
    const espbak_status status =
        p.why != NULL ? prune(&p, own, &rules, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    free(p.why);
    espbak_backup_list_free(p.entries, listed);
    return status;
}

const cli_command cmd_prune = {
    .name = "prune",
    .arguments = "[DIR]",
    .summary = "remove old backups by rules, never the last verified one",
    .description = "Says which backups in a folder no rule keeps, asks, and removes them. Rules count for each device "
                   "by itself, and "
                   "for whole backups and those of parts by themselves; a backup is kept if any rule keeps it. Days, "
                   "weeks and months "
                   "are those of UTC.\n\n"
                   "Whatever the rules say, the oldest and the newest verified backup of each device are kept, and so "
                   "are unfinished "
                   "and unusable ones and those that do not tell which device they are of.",
    CLI_OPTIONS(specs, options),
    .folder_offset = CLI_NO_FOLDER,
    .ignores = SETTINGS_OF_DEVICE,
    .max_words = 1,
    .run = prune_folder,
};
