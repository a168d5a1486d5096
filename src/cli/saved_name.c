/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/saved_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/parse/suggest.h"
#include "cli/piped.h"
#include "espbak/backup.h"
#include "espbak/ops.h"

enum { CANDIDATES_MAX = 5, NAMES_MAX_SIZE = 512 };

typedef struct search {
    const char *word;
    const espbak_backup_entry *exact, *begins;
    size_t count; /* that begin so */
    char names[NAMES_MAX_SIZE];
    suggest nearest;
} search;

static bool is_exact(const espbak_backup_entry *entry, const char *word)
{
    static const char suffix[] = ".partial";
    const size_t length = strlen(word);
    return strncmp(entry->name, word, length) == 0 &&
           (entry->name[length] == '\0' || (entry->partial && strcmp(entry->name + length, suffix) == 0));
}

static void add_candidate(search *s, const espbak_backup_entry *entry)
{
    const size_t used = strlen(s->names);
    if (s->count < CANDIDATES_MAX)
        snprintf(s->names + used, sizeof(s->names) - used, "%s%s", used > 0 ? ", " : "", entry->name);
    s->begins = entry;
    s->count++;
}

/* Entries are newest first. An unfinished one is only meant by its whole name: nothing can be done with it. */
static void look(search *s, const espbak_backup_entry *entries, size_t count)
{
    const bool latest = strcmp(s->word, "latest") == 0;
    suggest_start(&s->nearest, s->word);
    for (size_t i = 0; i < count; i++) {
        const espbak_backup_entry *entry = &entries[i];
        if (is_exact(entry, s->word) && (s->exact == NULL || s->exact->partial))
            s->exact = entry;
        if (!entry->usable)
            continue;
        if (latest && s->begins == NULL)
            add_candidate(s, entry);
        if (!latest && strncmp(entry->name, s->word, strlen(s->word)) == 0)
            add_candidate(s, entry);
        suggest_offer(&s->nearest, entry->name);
    }
}

static espbak_status fail_none(const search *s, const char *folder, espbak_error *err)
{
    if (strcmp(s->word, "latest") == 0)
        espbak_fail(err, ESPBAK_E_FILE, "there is no finished backup in %s", folder);
    else
        espbak_fail(err, ESPBAK_E_FILE, "there is no backup %s, neither as a path nor in %s", s->word, folder);
    if (file_kind_of(folder) == FILE_KIND_MISSING) {
        espbak_error_suggest(err, (const char *const[]){"backup", NULL});
        espbak_error_hint(err, "there are none yet; make one:");
    }
    espbak_error_suggest(err, (const char *const[]){"list", "--", folder, NULL});
    if (s->nearest.best != NULL)
        espbak_error_hint(err, "did you mean %s? the backups there are:", s->nearest.best);
    espbak_error_hint(err, "the backups there are:");
    return ESPBAK_E_FILE;
}

/* A folder that somebody called "latest" is perhaps not the newest; a link to that is. */
static espbak_status check_latest(const search *s, espbak_error *err)
{
    if (s->exact == NULL || s->begins == NULL || strcmp(s->word, "latest") != 0 ||
        strcmp(s->exact->created, s->begins->created) == 0)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_USAGE, "%s is the name of a backup, and the newest one is %s", s->exact->path,
                s->begins->name);
    espbak_error_hint(err, "name the one that is meant by its path: %s, or %s", s->exact->path, s->begins->path);
    return ESPBAK_E_USAGE;
}

static espbak_status choose(const search *s, const char *folder, char path[SAVED_PATH_MAX], espbak_error *err)
{
    const espbak_backup_entry *found = s->exact != NULL ? s->exact : s->begins;
    if (check_latest(s, err) != ESPBAK_OK)
        return err->status;
    if (found == NULL)
        return fail_none(s, folder, err);
    if (s->exact == NULL && s->count > 1) {
        espbak_fail(err, ESPBAK_E_USAGE, "%zu backups in %s begin with %s: %s%s", s->count, folder, s->word, s->names,
                    s->count > CANDIDATES_MAX ? ", ..." : "");
        espbak_error_hint(err, "write more of the name");
        return ESPBAK_E_USAGE;
    }
    if ((size_t)snprintf(path, SAVED_PATH_MAX, "%s", found->path) >= SAVED_PATH_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "the path of %s is too long", found->name);
    return ESPBAK_OK;
}

static espbak_status take_input(cli *c, char path[SAVED_PATH_MAX], espbak_error *err)
{
    char *kept = NULL;
    espbak_status status = piped_keep(c, &kept, err);
    if (status == ESPBAK_OK && (size_t)snprintf(path, SAVED_PATH_MAX, "%s", kept) >= SAVED_PATH_MAX)
        status = espbak_fail(err, ESPBAK_E_FILE, "the path of the temporary folder is too long");
    free(kept);
    return status;
}

espbak_status saved_find(cli *c, const char *word, char path[SAVED_PATH_MAX], espbak_error *err)
{
    if (strcmp(word, "-") == 0)
        return take_input(c, path, err);
    espbak_backup_entry *entries = NULL;
    search s = {.word = word};
    size_t count = 0;
    if ((size_t)snprintf(path, SAVED_PATH_MAX, "%s", word) >= SAVED_PATH_MAX)
        return espbak_fail(err, ESPBAK_E_USAGE, "a path of %zu bytes cannot be meant", strlen(word));
    if (file_kind_of(word) != FILE_KIND_MISSING || strpbrk(word, "/\\") != NULL || word[0] == '\0')
        return ESPBAK_OK;
    const bool there = file_kind_of(c->set.folder) != FILE_KIND_MISSING;
    if (there && espbak_backup_list(c->set.folder, &entries, &count, err) != ESPBAK_OK)
        return err->status;
    look(&s, entries, count);
    const espbak_status status = choose(&s, c->set.folder, path, err);
    espbak_backup_list_free(entries, count);
    return status;
}

espbak_status saved_open(cli *c, const char *word, char path[SAVED_PATH_MAX], espbak_error *err)
{
    espbak_backup *backup = NULL;
    if (saved_find(c, word, path, err) != ESPBAK_OK || espbak_backup_open(&backup, path, err) != ESPBAK_OK)
        return err->status;
    const char *name = espbak_backup_manifest(backup)->chip;
    const espbak_chip *chip = espbak_chip_by_name(name);
    espbak_status status = ESPBAK_OK;
    if (c->set.chip != NULL && chip != NULL && chip != c->set.chip) {
        status = espbak_fail(err, ESPBAK_E_CONNECT, "the backup %s is of an %s, not of an %s", path, chip->title,
                             c->set.chip->title);
        espbak_error_hint(err, "leave --chip away, or name a backup of that chip");
    }
    espbak_backup_close(backup);
    return status;
}

espbak_status saved_session(cli *c, const char *path, espbak_session_options *options, espbak_error *err)
{
    espbak_verify_result result;
    espbak_error why = {0};
    if (cli_session(c, options, err) == ESPBAK_OK)
        return ESPBAK_OK;
    const espbak_verify_options job = {
        .session = {.events = options->events, .cancel = options->cancel}, .backup = path, .offline = true};
    if (espbak_verify_run(&job, &result, &why) != ESPBAK_OK)
        *err = why;
    espbak_verify_result_free(&result);
    return err->status;
}
