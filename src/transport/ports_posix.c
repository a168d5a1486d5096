/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
#include "transport/ports.h"

#include <stdio.h>
#include <string.h>

#ifdef __linux__
/*
 * The tty hangs below its USB interface: directly (cdc_acm) or below a port of its own (usb-serial).
 * The kernel resolves the links, so going up from `device` is safe.
 */
int ports_os_interface(const char *path)
{
    static const char *const places[] = {"device/bInterfaceNumber", "device/../bInterfaceNumber"};
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char file_name[320];
        unsigned number = 0;
        snprintf(file_name, sizeof(file_name), "/sys/class/tty/%s/%s", name, places[i]);
        FILE *file = fopen(file_name, "r");
        if (file == NULL)
            continue;
        const int found = fscanf(file, "%2x", &number);
        fclose(file);
        if (found == 1)
            return (int)number;
    }
    return -1;
}
#else
int ports_os_interface(const char *path)
{
    (void)path;
    return -1;
}
#endif
#endif
