/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
/* readlink() and lstat() are outside C. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "transport/serial/ports.h"

#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "base/bytes.h"

static const char tty_folder[] = "/sys/class/tty";

/* The kernel lists a fixed number of serial8250 ports; type 0 (PORT_UNKNOWN) is one that is not there. */
static bool is_absent_8250(const char *name)
{
    char file_name[320];
    int type = 0;
    snprintf(file_name, sizeof(file_name), "%s/%s/type", tty_folder, name);
    FILE *file = fopen(file_name, "r");
    if (file == NULL)
        return false;
    const bool known = fscanf(file, "%9d", &type) == 1;
    fclose(file);
    return known && type == 0;
}

/* Consoles and the like are virtual: no hardware behind them. */
static bool is_hardware(const char *name)
{
    char link_name[320], target[512];
    snprintf(link_name, sizeof(link_name), "%s/%s", tty_folder, name);
    const ssize_t size = readlink(link_name, target, sizeof(target) - 1);
    if (size <= 0)
        return false;
    target[size] = '\0';
    return strstr(target, "virtual") == NULL && !is_absent_8250(name);
}

/* One more in a list that ends with NULL; false when out of memory. */
static bool append(struct sp_port ***list, size_t *count, struct sp_port *port)
{
    struct sp_port **grown = realloc(*list, (*count + 2) * sizeof(*grown));
    if (grown == NULL)
        return false;
    grown[(*count)++] = port;
    grown[*count] = NULL;
    *list = grown;
    return true;
}

/* A port that goes away while it is looked at is left out. */
static bool append_name(struct sp_port ***list, size_t *count, const char *name)
{
    char path[320];
    struct sp_port *port = NULL;
    snprintf(path, sizeof(path), "/dev/%s", name);
    if (sp_get_port_by_name(path, &port) != SP_OK)
        return true;
    if (append(list, count, port))
        return true;
    sp_free_port(port);
    return false;
}

struct sp_port **ports_os_list(void)
{
    struct sp_port **list = calloc(1, sizeof(struct sp_port *));
    size_t count = 0;
    DIR *folder = opendir(tty_folder);
    /* A container or chroot may be without /sys; it has no ports then, which is no failure. */
    bool fine = list != NULL && (folder != NULL || errno == ENOENT);
    const struct dirent *entry = NULL;
    while (fine && folder != NULL && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.' && is_hardware(entry->d_name))
            fine = append_name(&list, &count, entry->d_name);
    }
    if (folder != NULL)
        closedir(folder);
    if (fine)
        return list;
    if (list != NULL)
        sp_free_port_list(list);
    return NULL; /* NOLINT(clang-analyzer-unix.Malloc): sp_free_port_list frees the list itself too */
}
#else
struct sp_port **ports_os_list(void)
{
    struct sp_port **list = NULL;
    return sp_list_ports(&list) == SP_OK ? list : NULL;
}
#endif

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
        snprintf(file_name, sizeof(file_name), "%s/%s/%s", tty_folder, name, places[i]);
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

/* The link goes to .../usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty/ttyUSB0: the interface's folder names the place. */
void ports_os_place(const char *path, char *place, size_t capacity)
{
    const char *slash = strrchr(path, '/');
    char link_name[320], target[512];
    snprintf(link_name, sizeof(link_name), "%s/%s", tty_folder, slash == NULL ? path : slash + 1);
    const ssize_t size = readlink(link_name, target, sizeof(target) - 1);
    place[0] = '\0';
    if (size <= 0)
        return;
    target[size] = '\0';
    char *end = strrchr(target, ':');
    if (end == NULL || strstr(target, "/usb") == NULL)
        return;
    *end = '\0';
    const char *begin = strrchr(target, '/');
    bytes_printable(place, capacity, begin == NULL ? "" : begin + 1, begin == NULL ? 0 : strlen(begin + 1));
}
#else
int ports_os_interface(const char *path)
{
    (void)path;
    return -1;
}

void ports_os_place(const char *path, char *place, size_t capacity)
{
    (void)path;
    (void)capacity;
    place[0] = '\0';
}
#endif
#endif
