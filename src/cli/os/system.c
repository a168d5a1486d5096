/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* lstat */
#endif
#include "cli/os/system.h"

#include <stdio.h>
#include <stdlib.h>

static bool copy_variable(const char *name, char *out, size_t capacity)
{
    const char *const value = getenv(name);
    return value != NULL && value[0] != '\0' && (size_t)snprintf(out, capacity, "%s", value) < capacity;
}

#ifdef _WIN32

#include <windows.h>

bool system_current_folder(char *out, size_t capacity)
{
    wchar_t path[MAX_PATH];
    const DWORD length = GetCurrentDirectoryW(MAX_PATH, path);
    return length > 0 && length < MAX_PATH &&
           WideCharToMultiByte(CP_UTF8, 0, path, -1, out, (int)capacity, NULL, NULL) != 0;
}

bool system_home_folder(char *out, size_t capacity)
{
    return copy_variable("USERPROFILE", out, capacity);
}

bool system_is_own_file(const char *path)
{
    /* Folders that others can write to are rare there, and rights are no matter of one owner. */
    (void)path;
    return true;
}

const char *system_name(char *out, size_t capacity)
{
    snprintf(out, capacity, "Windows");
    return out;
}

#else

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

bool system_current_folder(char *out, size_t capacity)
{
    return getcwd(out, capacity) != NULL;
}

bool system_home_folder(char *out, size_t capacity)
{
    return copy_variable("HOME", out, capacity);
}

bool system_is_own_file(const char *path)
{
    struct stat known;
    return lstat(path, &known) == 0 && (known.st_uid == geteuid() || known.st_uid == 0);
}

const char *system_name(char *out, size_t capacity)
{
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(out, capacity, "%s %s %s", name.sysname, name.release, name.machine);
    else
        snprintf(out, capacity, "not known");
    return out;
}

#endif
