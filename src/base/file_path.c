/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
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

bool file_name_is_device(const char *name)
{
    static const char *const devices[] = {"con",  "prn",  "aux",  "nul",  "com0", "com1", "com2", "com3",
                                          "com4", "com5", "com6", "com7", "com8", "com9", "lpt0", "lpt1",
                                          "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"};
    char stem[8];
    const size_t length = strcspn(name, ".");
    if (length >= sizeof(stem))
        return false;
    memcpy(stem, name, length);
    stem[length] = '\0';
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (bytes_same_text(stem, devices[i]))
            return true;
    }
    return false;
}

/* Of Windows only: elsewhere they are letters like others. */
static bool has_letters_of_system(const char *name)
{
#ifdef _WIN32
    const size_t length = strlen(name);
    return strpbrk(name, "<>:\"|?*") != NULL || name[length - 1] == '.' || name[length - 1] == ' ' ||
           file_name_is_device(name);
#else
    (void)name;
    return false;
#endif
}

bool file_name_is_safe(const char *name)
{
    const uint8_t *p = (const uint8_t *)name;
    const size_t size = strlen(name);
    if (size == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (size_t at = 0; at < size;) {
        const size_t length = bytes_utf8_sequence(p + at, size - at);
        if (length == 0 || p[at] < ' ' || p[at] == 0x7F || p[at] == '/' || p[at] == '\\')
            return false;
        at += length;
    }
    return !has_letters_of_system(name);
}
