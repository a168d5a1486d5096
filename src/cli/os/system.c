/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/os/system.h"

#include <stdio.h>

#ifdef _WIN32

const char *system_name(char *out, size_t capacity)
{
    snprintf(out, capacity, "Windows");
    return out;
}

#else

#include <sys/utsname.h>

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
