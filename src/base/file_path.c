/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/file_os.h"

char *file_copy_text(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* Length of the part of `path` that names its folder, 0 for one in the current folder. */
static size_t folder_length(const char *path)
{
    size_t length = strlen(path);
    while (length > 0 && file_os_is_separator(path[length - 1]))
        length--;
    while (length > 0 && !file_os_is_separator(path[length - 1]))
        length--;
    while (length > 1 && file_os_is_separator(path[length - 1]))
        length--;
    return length;
}

char *file_folder_of(const char *path)
{
    const size_t length = folder_length(path);
    return length == 0 ? file_copy_text(".", 1) : file_copy_text(path, length);
}

int file_sync_folder_of(const char *path)
{
    char *folder = file_folder_of(path);
    const int error = folder == NULL ? ENOMEM : file_os_sync_folder(folder);
    free(folder);
    return error;
}

char *file_join(const char *folder, const char *name)
{
    const size_t length = strlen(folder);
    const bool separated = length == 0 || file_os_is_separator(folder[length - 1]);
    const size_t capacity = length + strlen(name) + 2;
    char *path = malloc(capacity);
    if (path == NULL)
        return NULL;
    if (separated)
        snprintf(path, capacity, "%s%s", folder, name);
    else
        snprintf(path, capacity, "%s%c%s", folder, file_os_separator, name);
    return path;
}

const char *file_name_of(const char *path)
{
    const char *name = path;
    for (const char *p = path; *p != '\0'; p++) {
        if (file_os_is_separator(*p))
            name = p + 1;
    }
    return name;
}
