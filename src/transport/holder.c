/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
/* major() and minor() are outside POSIX. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#include "transport/holder.h"

#include <stdio.h>
#include <string.h>

#ifdef __linux__
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/bytes.h"

/* Whether one of the open files of process `pid` is the device. */
static bool holds(long pid, dev_t device)
{
    char folder_name[64];
    bool found = false;
    snprintf(folder_name, sizeof(folder_name), "/proc/%ld/fd", pid);
    DIR *folder = opendir(folder_name);
    if (folder == NULL)
        return false;
    for (const struct dirent *entry = readdir(folder); entry != NULL && !found; entry = readdir(folder)) {
        char file_name[sizeof(folder_name) + sizeof(entry->d_name)];
        struct stat status;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file_name, sizeof(file_name), "%s/%s", folder_name, entry->d_name);
        found = stat(file_name, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == device;
    }
    closedir(folder);
    return found;
}

static void describe_process(long pid, char text[HOLDER_TEXT_MAX])
{
    char file_name[64], raw[32] = "", name[32];
    snprintf(file_name, sizeof(file_name), "/proc/%ld/comm", pid);
    FILE *file = fopen(file_name, "r");
    if (file != NULL) {
        raw[fread(raw, 1, sizeof(raw) - 1, file)] = '\0';
        fclose(file);
    }
    raw[strcspn(raw, "\n")] = '\0';
    bytes_printable(name, sizeof(name), raw, strlen(raw));
    if (name[0] == '\0')
        snprintf(text, HOLDER_TEXT_MAX, "process %ld", pid);
    else
        snprintf(text, HOLDER_TEXT_MAX, "process %ld (%s)", pid, name);
}

/* The process that has the file locked, which /proc/locks tells even of other users' processes; 0 for none. */
static long find_locker(const struct stat *file)
{
    char line[256], wanted[64];
    long locker = 0;
    FILE *locks = fopen("/proc/locks", "r");
    snprintf(wanted, sizeof(wanted), " %02x:%02x:%llu ", major(file->st_dev), minor(file->st_dev),
             (unsigned long long)file->st_ino);
    while (locks != NULL && locker == 0 && fgets(line, sizeof(line), locks) != NULL) {
        long pid = 0;
        const char *lock = strstr(line, "FLOCK");
        if (lock != NULL && strstr(lock, wanted) != NULL && sscanf(lock, "FLOCK %*s %*s %9ld", &pid) == 1)
            locker = pid;
    }
    if (locks != NULL)
        fclose(locks);
    return locker == (long)getpid() ? 0 : locker;
}

static bool search(dev_t device, char text[HOLDER_TEXT_MAX])
{
    bool found = false;
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return false;
    for (const struct dirent *entry = readdir(folder); entry != NULL && !found; entry = readdir(folder)) {
        const long pid = strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == (long)getpid() || !holds(pid, device))
            continue;
        describe_process(pid, text);
        found = true;
    }
    closedir(folder);
    return found;
}

bool holder_find(const char *path, char text[HOLDER_TEXT_MAX])
{
    struct stat status;
    snprintf(text, HOLDER_TEXT_MAX, "another process");
    if (stat(path, &status) != 0 || !S_ISCHR(status.st_mode))
        return false;
    const long locker = find_locker(&status);
    if (locker > 0)
        describe_process(locker, text);
    return locker > 0 || search(status.st_rdev, text);
}
#else
bool holder_find(const char *path, char text[HOLDER_TEXT_MAX])
{
    (void)path;
    snprintf(text, HOLDER_TEXT_MAX, "another process");
    return false;
}
#endif
#endif
