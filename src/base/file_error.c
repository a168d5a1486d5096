/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* strerror_r as POSIX has it */
#endif
#include "base/file_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file_os.h"

typedef struct reason {
    int error;
    const char *why;
    const char *hint; /* one %s, the path */
} reason;

static const reason reasons[] = {
    {FILE_OS_NOT_PLAIN, "it is not a plain file", "copy the contents into a file first, then name that instead of %s"},
    {FILE_OS_LINKED, "another name leads to the same file (a hard link), which would change with it",
     "put a copy in the place of %s, then try again"},
    {ENOENT, "no such file or folder", "check the spelling of %s, and that its folder exists"},
    {ENOTDIR, "a part of the path is not a folder", "check each part of %s"},
    {EEXIST, "it exists already", "choose another name, or move %s away"},
    {EISDIR, "it is a folder", "name a file, such as one inside %s"},
    {EACCES, "permission denied", "check the owner and mode of %s and of its folder, or choose another place"},
    {EPERM, "not permitted", "check the owner and attributes of %s and of its folder, or choose another place"},
    {EROFS, "the file system is read-only", "choose a place that can be written instead of %s"},
    {ENOSPC, "the disk is full", "free some space on the disk that holds %s, or choose another disk"},
    {EFBIG, "the file would become larger than this system or its limits allow",
     "raise the limit (ulimit -f) or choose another file system for %s"},
    {ENAMETOOLONG, "the name is too long", "choose a shorter name than %s"},
    {ENOTEMPTY, "the folder is not empty", "look what else is in %s"},
    {EBUSY, "it is in use", "close the program that uses %s, then try again"},
    {EMFILE, "too many files are open", "raise the limit of open files (ulimit -n), then open %s again"},
    {EIO, "the disk reports an input/output error", "check the disk and cable that hold %s, then choose another disk"},
    {EXDEV, "the places are on different disks", "choose a place on the same disk as %s"},
#ifdef ELOOP
    {ELOOP, "it is a link, or links lead in a circle", "name the file itself instead of %s"},
#endif
#ifdef EDQUOT
    {EDQUOT, "the disk quota is used up", "remove files of yours on the disk that holds %s, or choose another disk"},
#endif
#ifdef ESTALE
    {ESTALE, "the network file system has lost it", "mount the file system of %s again"},
#endif
};

static const reason *find_reason(int error)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].error == error)
            return &reasons[i];
    }
    return NULL;
}

static void system_text(int error, char *out, size_t capacity)
{
#ifdef _WIN32
    if (strerror_s(out, capacity, error) != 0)
#else
    if (strerror_r(error, out, capacity) != 0)
#endif
        snprintf(out, capacity, "error %d", error);
}

bool file_is_forbidden(const char *path, espbak_error *err)
{
    int fd = -1;
    const int error = file_os_open(path, &fd);
    if (error == 0)
        (void)file_os_close(fd);
    else if (error == EACCES)
        file_fail(err, "open", path, error);
    return error == EACCES;
}

espbak_status file_fail(espbak_error *err, const char *verb, const char *path, int error)
{
    const reason *known = find_reason(error);
    if (error == ENOMEM)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "cannot %s %s: out of memory", verb, path);
    if (known == NULL) {
        char text[128];
        system_text(error, text, sizeof(text));
        return espbak_fail(err, ESPBAK_E_FILE, "cannot %s %s: %s", verb, path, text);
    }
    espbak_fail(err, ESPBAK_E_FILE, "cannot %s %s: %s", verb, path, known->why);
    char hint[ESPBAK_ERROR_HINT_MAX];
    const char *mark = strstr(known->hint, "%s");
    snprintf(hint, sizeof(hint), "%.*s%s%s", (int)(mark - known->hint), known->hint, path, mark + 2);
    espbak_error_hint(err, "%s", hint);
    return ESPBAK_E_FILE;
}
