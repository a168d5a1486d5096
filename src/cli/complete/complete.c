/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete/complete.h"

#include <stdio.h>
#include <string.h>

#include "cli/complete/offer.h"
#include "cli/complete/place.h"

/* What the help calls a value, and what it can be. */
typedef struct kind {
    const char *name;
    const char *of; /* the option or command that this is about; NULL for all others */
    void (*offer)(offering *to, const place *at);
} kind;

static void offer_chosen(offering *to, const place *at)
{
    for (const opt_choice *choice = at->option->choices; choice->name != NULL; choice++)
        offer(to, choice->name, "");
}

static void offer_backups_and_files(offering *to, const place *at)
{
    offer_backups(to, at);
    offer_files(to, at);
}

static void offer_backups_and_device(offering *to, const place *at)
{
    offer_backups_and_files(to, at);
    offer(to, "device", "what is attached");
}

/* The first row that fits. Words that are not listed, such as TEXT and N, can be anything. */
static const kind KINDS[] = {
    {"PORT", NULL, offer_ports},
    {"CHIP", NULL, offer_chips},
    {"N", "baud", offer_rates},
    {"WHICH", "loader", offer_loaders},
    {"NAME", "profile", offer_profiles},
    {"NAME,...", NULL, offer_parts},
    {"NAME", "extract", offer_parts},
    {"PARTITION", NULL, offer_parts},
    {"NAME", "backup-partitions", offer_parts},
    {"NAME", "erase", offer_parts},
    {"BACKUP", NULL, offer_backups},
    {"FILE|BACKUP", NULL, offer_backups_and_files},
    {"BACKUP|FILE", NULL, offer_backups_and_files},
    {"BACKUP|FILE|device", NULL, offer_backups_and_device},
    {"A", NULL, offer_backups_and_files},
    {"B|device", NULL, offer_backups_and_device},
    {"COMMAND", NULL, offer_commands},
    {"SHELL", NULL, offer_shells},
    {"FILE", NULL, offer_files},
    {"FILE|DIR", NULL, offer_files},
    {"PATH", NULL, offer_files},
    {"DIR", NULL, offer_folders},
};

static void offer_kind(offering *to, const place *at, const char *name, size_t length, const char *of)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        const kind *row = &KINDS[i];
        if (strlen(row->name) != length || strncmp(row->name, name, length) != 0)
            continue;
        if (row->of == NULL || strcmp(row->of, of) == 0) {
            row->offer(to, at);
            return;
        }
    }
}

static void offer_value(offering *to, const place *at)
{
    if (at->option->kind == OPT_CHOICE)
        offer_chosen(to, at);
    else
        offer_kind(to, at, at->option->value, strlen(at->option->value), at->option->name);
}

/* The argument of the command that stands here: "[COMMAND]", "BACKUP NAME FILE", "OFFSET FILE [OFFSET FILE]...". */
static void offer_argument(offering *to, const place *at)
{
    const char *word = at->command->arguments;
    for (size_t i = 0; i < at->word_count; i++) {
        const char *next = word + strcspn(word, " ");
        next += strspn(next, " ");
        if (next[0] != '\0')
            word = next;
        else if (strstr(word, "...") == NULL)
            return;
    }
    word += strspn(word, "[");
    offer_kind(to, at, word, strcspn(word, " ]."), at->command->name);
}

static void offer_options(offering *to, const place *at)
{
    for (size_t s = OPT_SETS_MAX; s-- > 0;) {
        const opt_set *set = &at->parser.sets[s];
        for (size_t i = 0; i < set->count; i++) {
            char name[64];
            snprintf(name, sizeof(name), "--%s", set->specs[i].name);
            offer(to, name, set->specs[i].help);
        }
    }
}

void complete_words(cli *c, const char *const *words, size_t count)
{
    place at;
    place_find(&at, c, words, count);
    offering to = {.cli = c, .typed = at.typed, .before = at.before, .before_length = at.before_length};
    if (at.option != NULL)
        offer_value(&to, &at);
    else if (at.typed[0] == '-' && !at.only_words)
        offer_options(&to, &at);
    else if (at.command == NULL)
        offer_commands(&to, &at);
    else
        offer_argument(&to, &at);
}
