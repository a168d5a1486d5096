/* SPDX-License-Identifier: Apache-2.0 */
#include "image/files/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* Of all paths of a list: hostile ones are long, many, and name the same. */
enum { PATHS_MAX = 4 * 1024 * 1024, FIRST_CAPACITY = 64, SAID_PATH_MAX = 80 };

void espbak_file_list_free(espbak_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].path);
    free(list->entries);
    *list = (espbak_file_list){.count = 0};
}

bool filesystem_name_ok(const char *name)
{
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strchr(name, '/') == NULL;
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
