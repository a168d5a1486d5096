/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "cli/parse/suggest.h"

enum { TEXT_MAX = 65536 };

static const char BLANKS[] = " \t\r";

/* Without blanks around it; ends the text. */
static char *trim(char *text)
{
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

static bool is_absolute(const char *path)
{
    return path[0] == '/' || path[0] == '\\' || (path[0] != '\0' && path[1] == ':');
}

static espbak_status unknown(const char *path, size_t line, const char *name, const config_key *keys, espbak_error *err)
{
    suggest near_by;
    suggest_start(&near_by, name);
    for (const config_key *key = keys; key->name != NULL; key++)
        suggest_offer(&near_by, key->name);
    espbak_fail(err, ESPBAK_E_USAGE, "%s, line %zu: there is no setting '%s'", path, line, name);
    if (near_by.best != NULL)
        espbak_error_hint(err, "did you mean '%s'?", near_by.best);
    else
        espbak_error_hint(err, "settings are %s, %s, %s and the like, see the manual", keys[0].name, keys[1].name,
                          keys[2].name);
    return ESPBAK_E_USAGE;
}

static espbak_status find_key(const config_file *it, bool of_project, const config_key *keys, const char *name,
                              size_t line, const config_key **key, espbak_error *err)
{
    for (*key = keys; (*key)->name != NULL && strcmp((*key)->name, name) != 0;)
        (*key)++;
    if ((*key)->name == NULL)
        return unknown(it->path, line, name, keys, err);
    if (of_project && (*key)->user_only) {
        espbak_fail(err, ESPBAK_E_USAGE, "%s, line %zu: a project does not set '%s'", it->path, line, name);
        espbak_error_hint(err, "it would decide what runs in the chip; set it in your own settings, or by option");
        return ESPBAK_E_USAGE;
    }
    for (size_t i = 0; i < it->count; i++) {
        if (it->rows[i].name == (*key)->name)
            return espbak_fail(err, ESPBAK_E_USAGE, "%s, line %zu: '%s' is set twice", it->path, line, name);
    }
    return ESPBAK_OK;
}

/* A copy of the value; of a path, one that is right from everywhere. NULL when out of memory. */
static char *copy_value(const config_file *it, const config_key *key, const char *value)
{
    if (key->is_path && !is_absolute(value)) {
        char *folder = file_folder_of(it->path);
        char *joined = folder != NULL ? file_join(folder, value) : NULL;
        free(folder);
        return joined;
    }
    return bytes_copy_text(value);
}

static espbak_status add_line(config_file *it, bool of_project, const config_key *keys, char *text, size_t line,
                              espbak_error *err)
{
    text = trim(text);
    if (text[0] == '\0' || text[0] == '#')
        return ESPBAK_OK;
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s, line %zu: this is not \"name = value\"", it->path, line);
    *equals = '\0';
    const char *name = trim(text);
    const char *value = trim(equals + 1);
    const config_key *key;
    if (find_key(it, of_project, keys, name, line, &key, err) != ESPBAK_OK)
        return err->status;
    if (value[0] == '\0')
        return espbak_fail(err, ESPBAK_E_USAGE, "%s, line %zu: '%s' has no value", it->path, line, name);
    if (it->count == CONFIG_ROWS_MAX)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s, line %zu: too many settings", it->path, line);
    char *copy = copy_value(it, key, value);
    if (copy == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    it->rows[it->count++] = (config_row){key->name, copy};
    return ESPBAK_OK;
}

static espbak_status add_text(config_file *it, bool of_project, const config_key *keys, char *text, size_t size,
                              espbak_error *err)
{
    if (strlen(text) != size)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s is not a text file", it->path);
    size_t line = 1;
    for (char *next = text; next != NULL; line++) {
        char *const start = next;
        next = strchr(start, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (add_line(it, of_project, keys, start, line, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status config_add(config *all, const char *path, bool of_project, const config_key *keys, espbak_error *err)
{
    if (file_kind_of(path) == FILE_KIND_MISSING || file_is_folder(path) || all->count == CONFIG_FILES_MAX)
        return ESPBAK_OK;
    char *text = NULL;
    size_t size = 0;
    if (file_load(path, TEXT_MAX, &text, &size, err) != ESPBAK_OK)
        return err->status;
    config_file *it = &all->files[all->count++];
    it->path = bytes_copy_text(path);
    const espbak_status status = it->path != NULL ? add_text(it, of_project, keys, text, size, err)
                                                  : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    free(text);
    return status;
}

const char *config_find(const config *all, const char *name, const char **from)
{
    for (size_t f = 0; f < all->count; f++) {
        const config_file *it = &all->files[f];
        for (size_t i = 0; i < it->count; i++) {
            if (strcmp(it->rows[i].name, name) != 0)
                continue;
            *from = it->path;
            return it->rows[i].value;
        }
    }
    return NULL;
}

void config_free(config *all)
{
    for (size_t f = 0; f < all->count; f++) {
        for (size_t i = 0; i < all->files[f].count; i++)
            free(all->files[f].rows[i].value);
        free(all->files[f].path);
    }
    *all = (config){0};
}
