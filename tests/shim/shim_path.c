/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *shim_root(void)
{
    const char *root = getenv("ESPBAK_SHIM_ROOT");
    return root == NULL || root[0] == '\0' ? NULL : root;
}

static bool begins_with(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

const char *shim_device_name(const char *path, char *name)
{
    char file_name[SHIM_PATH_MAX];
    struct stat status;
    if (shim_root() == NULL || path == NULL || !begins_with(path, "/dev/tty") || strlen(path) >= 64)
        return NULL;
    strcpy(name, path + strlen("/dev/"));
    snprintf(file_name, sizeof(file_name), "%s%s", shim_root(), path);
    return shim_real_stat(file_name, &status) == 0 && S_ISREG(status.st_mode) ? name : NULL;
}

const char *shim_map(const char *path, char *buffer)
{
    if (shim_root() == NULL || path == NULL)
        return path;
    const bool always = begins_with(path, "/sys/class/tty") || begins_with(path, "/dev/serial");
    if (!always && !begins_with(path, "/sys/"))
        return path;
    if (snprintf(buffer, SHIM_PATH_MAX, "%s%s", shim_root(), path) >= SHIM_PATH_MAX)
        return path;
    struct stat status;
    return always || shim_real_stat(buffer, &status) == 0 ? buffer : path;
}
