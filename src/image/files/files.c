/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/files/filesystem.h"
#include "image/files/volume.h"

/* Of all paths of a list: hostile ones are long, many, and name the same. */
enum { PATHS_MAX = 8 * 1024 * 1024, FIRST_CAPACITY = 64, DEPTH_MAX = 64, SAID_PATH_MAX = 80 };

/* In this order: FAT is known by little. */
static const struct known {
    const char *name;
    const filesystem *kind; /* NULL: left out of this build */
} known[] = {
#ifdef ESPBAK_FILES
    {"LittleFS", &filesystem_littlefs},
    {"FAT", NULL},
#else
    {"LittleFS", NULL},
    {"FAT", NULL},
#endif
    {"SPIFFS", NULL},
};
enum { KNOWN = sizeof(known) / sizeof(known[0]) };

bool espbak_volume_supports(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (known[i].kind != NULL && strcmp(known[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Where none was found: what stands at the beginning may still have a name. */
static espbak_status say_why(const espbak_volume *volume, espbak_error *err)
{
    const char *name = NULL;
    const window *bytes = &volume->bytes;
    if (volume_find(bytes->reader, bytes->offset, bytes->size, &name, err) != ESPBAK_OK)
        return err->status;
    if (name != NULL && !espbak_volume_supports(name))
        espbak_findings_add(volume->findings, ESPBAK_FINDING_WARNING,
                            "%s: this espbak was built without what it takes to read its files", name);
    return ESPBAK_OK;
}

static espbak_status find_kind(espbak_volume *volume, bool *found, espbak_error *err)
{
    *found = false;
    for (size_t i = 0; i < KNOWN && !*found; i++) {
        if (known[i].kind == NULL)
            continue;
        window_allow(&volume->bytes, 0);
        volume->kind = known[i].kind;
        volume->info = (espbak_volume_info){.name = known[i].name};
        if (known[i].kind->open(volume, found, err) != ESPBAK_OK || window_failure(&volume->bytes, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status espbak_volume_open(espbak_volume **out, const espbak_image_reader *reader, uint64_t offset, uint64_t size,
                                 espbak_findings *findings, espbak_error *err)
{
    espbak_error unheard = {0};
    bool found = false;
    if (err == NULL)
        err = &unheard;
    *out = NULL;
    espbak_volume *volume = calloc(1, sizeof(*volume));
    if (volume == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    volume->findings = findings;
    espbak_status status = window_open(&volume->bytes, reader, offset, size, err);
    if (status == ESPBAK_OK)
        status = find_kind(volume, &found, err);
    if (status == ESPBAK_OK && !found)
        status = say_why(volume, err);
    if (status == ESPBAK_OK && found)
        *out = volume;
    else
        espbak_volume_close(volume);
    return status;
}

void espbak_volume_close(espbak_volume *volume)
{
    if (volume == NULL)
        return;
    if (volume->state != NULL)
        volume->kind->close(volume);
    window_close(&volume->bytes);
    free(volume);
}

const espbak_volume_info *espbak_volume_describe(const espbak_volume *volume)
{
    return &volume->info;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const espbak_file *)a)->path, ((const espbak_file *)b)->path);
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (; *path != '\0'; path++)
        depth += *path == '/';
    return depth;
}

/* Folders are listed in the order in which they were found, so nothing calls itself. */
static espbak_status list_folders(espbak_volume *volume, espbak_file_list *out, espbak_error *err)
{
    if (volume->kind->list(volume, "", out, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < out->count; i++) {
        /* What is added may move the entries, not their paths. */
        const char *path = out->entries[i].path;
        if (!out->entries[i].folder)
            continue;
        if (depth_of(path) >= DEPTH_MAX)
            filesystem_note(volume, ESPBAK_FINDING_DAMAGE, path, "is too deep to be meant, and not looked into");
        else if (volume->kind->list(volume, path, out, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

espbak_status espbak_volume_list(espbak_volume *volume, espbak_file_list *out, espbak_error *err)
{
    espbak_error unheard = {0};
    if (err == NULL)
        err = &unheard;
    *out = (espbak_file_list){.count = 0};
    window_allow(&volume->bytes, 0);
    espbak_status status = list_folders(volume, out, err);
    if (status == ESPBAK_OK)
        status = window_failure(&volume->bytes, err);
    if (status != ESPBAK_OK) {
        espbak_file_list_free(out);
        return status;
    }
    if (out->left_out > 0)
        espbak_findings_add(volume->findings, ESPBAK_FINDING_WARNING, "%s: %zu files and folders are left out",
                            volume->info.name, out->left_out);
    if (out->count > 0)
        qsort(out->entries, out->count, sizeof(out->entries[0]), by_path);
    return ESPBAK_OK;
}

void espbak_file_list_free(espbak_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].path);
    free(list->entries);
    *list = (espbak_file_list){.count = 0};
}

espbak_status espbak_volume_read(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                                 espbak_error *err)
{
    espbak_error unheard = {0};
    if (err == NULL)
        err = &unheard;
    if (entry->folder)
        return espbak_fail(err, ESPBAK_E_USAGE, "%s is a folder", entry->path);
    if (entry->size > volume->bytes.size)
        return filesystem_fail(volume, entry, "it says that it is larger than its partition", err);
    window_allow(&volume->bytes, entry->size);
    return volume->kind->read(volume, entry, sink, user, err);
}

static espbak_status make_room(espbak_file_list *list, espbak_error *err)
{
    if (list->count < list->capacity)
        return ESPBAK_OK;
    const size_t capacity = list->capacity == 0 ? FIRST_CAPACITY : list->capacity * 2;
    espbak_file *grown = realloc(list->entries, capacity * sizeof(*grown));
    if (grown == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    list->entries = grown;
    list->capacity = capacity;
    return ESPBAK_OK;
}

espbak_status file_list_add(espbak_file_list *list, const char *folder, const char *name, const espbak_file *entry,
                            espbak_error *err)
{
    const size_t size = strlen(folder) + 1 + strlen(name) + 1;
    if (size > ESPBAK_FILE_PATH_MAX || list->bytes + size > PATHS_MAX || list->count == ESPBAK_FILES_MAX) {
        list->left_out++;
        return ESPBAK_OK;
    }
    if (make_room(list, err) != ESPBAK_OK)
        return err->status;
    char *path = malloc(size);
    if (path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    snprintf(path, size, "%s/%s", folder, name);
    list->bytes += size;
    list->entries[list->count] = *entry;
    list->entries[list->count++].path = path;
    return ESPBAK_OK;
}

void filesystem_note(const espbak_volume *volume, espbak_severity severity, const char *path, const char *what)
{
    char shown[SAID_PATH_MAX];
    bytes_printable(shown, sizeof(shown), path, strlen(path));
    espbak_findings_add(volume->findings, severity, "%s: %s %s", volume->info.name, shown, what);
}

espbak_status filesystem_fail(const espbak_volume *volume, const espbak_file *entry, const char *why, espbak_error *err)
{
    char shown[SAID_PATH_MAX];
    if (window_failure(&volume->bytes, err) != ESPBAK_OK)
        return volume->bytes.failure.status;
    bytes_printable(shown, sizeof(shown), entry->path, strlen(entry->path));
    return espbak_fail(err, ESPBAK_E_FILE, "%s cannot be read: %s", shown, why);
}
