/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/profile/profile_builtin.h"

enum { FILE_MAX = 64 * 1024, PROFILES_MAX = 256 };

typedef struct collection {
    const char *folder;
    espbak_profile *items;
    size_t count;
    espbak_profile_note_fn note;
    void *user;
} collection;

static bool is_taken(const collection *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(c->items[i].name, name) == 0)
            return true;
    }
    return false;
}

static espbak_status add(collection *c, const espbak_profile *profile, espbak_error *err)
{
    if (is_taken(c, profile->name) || c->count == PROFILES_MAX)
        return ESPBAK_OK;
    espbak_profile *grown = realloc(c->items, (c->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    c->items = grown;
    grown[c->count++] = *profile;
    return ESPBAK_OK;
}

static bool is_json_name(const char *name)
{
    const size_t length = strlen(name);
    return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".json") == 0;
}

static espbak_status load(espbak_profile *profile, const char *path, espbak_error *err)
{
    char *text = NULL;
    size_t size = 0;
    espbak_status status = file_load(path, FILE_MAX, &text, &size, err);
    if (status == ESPBAK_OK) {
        status = espbak_profile_parse(profile, text, size, err);
        if (status != ESPBAK_OK)
            espbak_error_prefix(err, "profile %s", path);
    }
    snprintf(profile->origin, sizeof(profile->origin), "%s", path);
    free(text);
    return status;
}

/* A file that cannot be used does not keep the others from being so. */
static espbak_status take_file(void *user, const char *name, espbak_error *err)
{
    collection *c = user;
    espbak_profile profile = {.usb_interface = -1};
    espbak_error why = {0};
    if (!is_json_name(name))
        return ESPBAK_OK;
    char *path = file_join(c->folder, name);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_status status = ESPBAK_OK;
    if (load(&profile, path, &why) == ESPBAK_OK)
        status = add(c, &profile, err);
    else if (c->note != NULL)
        c->note(c->user, why.message);
    free(path);
    return status;
}

static espbak_status take_builtin(collection *c, espbak_error *err)
{
    for (const profile_builtin *row = profile_builtin_table; row->json != NULL; row++) {
        espbak_profile profile;
        if (espbak_profile_parse(&profile, (const char *)row->json, row->size, err) != ESPBAK_OK)
            return espbak_error_prefix(err, "a built-in profile");
        snprintf(profile.origin, sizeof(profile.origin), "built in");
        if (add(c, &profile, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const espbak_profile *)a)->name, ((const espbak_profile *)b)->name);
}

espbak_status espbak_profiles_list(const char *folder, espbak_profile **profiles, size_t *count,
                                   espbak_profile_note_fn note, void *user, espbak_error *err)
{
    collection c = {.folder = folder, .note = note, .user = user};
    espbak_status status = ESPBAK_OK;
    *profiles = NULL;
    *count = 0;
    if (folder != NULL && file_is_folder(folder))
        status = file_list(folder, take_file, &c, err);
    if (status == ESPBAK_OK)
        status = take_builtin(&c, err);
    if (status != ESPBAK_OK) {
        free(c.items);
        return status;
    }
    if (c.count > 1)
        qsort(c.items, c.count, sizeof(c.items[0]), by_name);
    *profiles = c.items;
    *count = c.count;
    return ESPBAK_OK;
}

static espbak_status no_such(const char *name, const espbak_profile *profiles, size_t count, espbak_error *err)
{
    char names[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used + 40 < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", profiles[i].name);
    espbak_fail(err, ESPBAK_E_USAGE, "there is no profile '%s'", name);
    espbak_error_suggest(err, (const char *const[]){"profiles", NULL});
    espbak_error_hint(err, "there are %s; more about them:", names);
    return ESPBAK_E_USAGE;
}

/* Who wanted a profile by its file's name should know why it is not there. */
static void keep_note(void *user, const char *text)
{
    espbak_error *why = user;
    if (why->status == ESPBAK_OK)
        espbak_fail(why, ESPBAK_E_FILE, "%s", text);
}

espbak_status espbak_profile_find(espbak_profile *profile, const char *folder, const char *name, espbak_error *err)
{
    espbak_profile *profiles = NULL;
    espbak_error broken = {0};
    size_t count = 0;
    espbak_status status = espbak_profiles_list(folder, &profiles, &count, keep_note, &broken, err);
    if (status != ESPBAK_OK)
        return status;
    status = ESPBAK_E_USAGE;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            *profile = profiles[i];
            status = ESPBAK_OK;
        }
    }
    if (status != ESPBAK_OK && broken.status != ESPBAK_OK)
        status = espbak_fail(err, ESPBAK_E_FILE, "%s", broken.message);
    else if (status != ESPBAK_OK)
        status = no_such(name, profiles, count, err);
    free(profiles);
    return status;
}
