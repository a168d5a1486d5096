/* SPDX-License-Identifier: Apache-2.0 */
#ifdef _WIN32
#include "transport/serial/ports.h"

bool ports_add_files(const char *pattern, espbak_port **ports, size_t *count)
{
    (void)pattern;
    (void)ports;
    (void)count;
    return true; /* ports are no files here */
}
#else
/* realpath() and glob() are outside C. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/serial/ports.h"
#include "transport/serial/pty.h"

static const espbak_port *find_path(const espbak_port *ports, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ports[i].path, path) == 0)
            return &ports[i];
    }
    return NULL;
}

/* A link to a listed port, or a pseudo-terminal; consoles and other files are no ports. */
static bool describe_file(espbak_port *port, const char *path, const espbak_port *ports, size_t count)
{
    char *const real = realpath(path, NULL);
    const espbak_port *const target = real != NULL ? find_path(ports, count, real) : NULL;
    const bool usable = strlen(path) < sizeof(port->path) && find_path(ports, count, path) == NULL &&
                        (target != NULL || pty_is_one(path));
    free(real);
    if (!usable)
        return false;
    *port = target != NULL ? *target : (espbak_port){.usb_interface = -1};
    snprintf(port->path, sizeof(port->path), "%s", path);
    return true;
}

bool ports_add_files(const char *pattern, espbak_port **ports, size_t *count)
{
    glob_t found = {0};
    const size_t listed = *count;
    if (glob(pattern, 0, NULL, &found) != 0)
        found.gl_pathc = 0;
    espbak_port *grown = realloc(*ports, (listed + found.gl_pathc + 1) * sizeof(*grown));
    if (grown != NULL)
        *ports = grown;
    for (size_t i = 0; i < found.gl_pathc && grown != NULL; i++) {
        if (describe_file(&grown[*count], found.gl_pathv[i], grown, listed))
            ++*count;
    }
    globfree(&found);
    return grown != NULL;
}
#endif
