/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE
#endif
#include "transport/serial/obstacles.h"

const obstacle_places obstacles_here = {"/sys", "/proc"};

#ifndef __linux__

void obstacles_of_port(const obstacle_places *places, const char *path, obstacle_fn each, void *user)
{
    (void)places, (void)path, (void)each, (void)user;
}

void obstacles_of_system(const obstacle_places *places, obstacle_fn each, void *user)
{
    (void)places, (void)each, (void)user;
}

#else

#include <ctype.h>
#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/serial/bridges.h"

enum { PATH_CAPACITY = 1024, WORD_CAPACITY = 64, GROUPS_MAX = 256 };

typedef struct looker {
    const obstacle_places *places;
    obstacle_fn each;
    void *user;
} looker;

static void found(const looker *look, bool serious, const char *remedy, const char *fmt, ...) ESPBAK_PRINTF(4, 5);

static void found(const looker *look, bool serious, const char *remedy, const char *fmt, ...)
{
    obstacle out = {.serious = serious};
    va_list args;
    va_start(args, fmt);
    vsnprintf(out.what, sizeof(out.what), fmt, args);
    va_end(args);
    snprintf(out.remedy, sizeof(out.remedy), "%s", remedy);
    look->each(look->user, &out);
}

/* The first line of a file of the system, empty when there is none. */
static void read_word(char word[WORD_CAPACITY], const char *folder, const char *name)
{
    char path[PATH_CAPACITY];
    word[0] = '\0';
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        return;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fgets(word, WORD_CAPACITY, file) == NULL)
        word[0] = '\0';
    word[strcspn(word, "\n")] = '\0';
    fclose(file);
}

/* Calls `each` with the path of everything in `folder` whose name begins with a digit or letter. */
static void each_entry(const char *folder, void (*each)(void *user, const char *path, const char *name), void *user)
{
    DIR *open = opendir(folder);
    if (open == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;) {
        char path[PATH_CAPACITY];
        if (isalnum((unsigned char)entry->d_name[0]) &&
            (size_t)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < sizeof(path))
            each(user, path, entry->d_name);
    }
    closedir(open);
}

/* Rights */

static bool has_group(gid_t group)
{
    gid_t groups[GROUPS_MAX];
    const int count = getgroups(GROUPS_MAX, groups);
    for (int i = 0; i < count; i++) {
        if (groups[i] == group)
            return true;
    }
    return getegid() == group;
}

static bool is_member(const struct group *group, const char *name)
{
    for (char **member = group->gr_mem; *member != NULL; member++) {
        if (strcmp(*member, name) == 0)
            return true;
    }
    return false;
}

static void look_at_rights(const looker *look, const char *path)
{
    struct stat port;
    char remedy[sizeof(((obstacle *)0)->remedy)];
    if (access(path, R_OK | W_OK) == 0 || stat(path, &port) != 0)
        return;
    const struct passwd *me = getpwuid(geteuid());
    const char *name = me != NULL ? me->pw_name : "$USER";
    const struct group *group = getgrgid(port.st_gid);
    const bool by_group = (port.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && group != NULL;
    if (!by_group || port.st_gid == 0 || has_group(port.st_gid)) {
        found(look, true,
              "the udev rule 70-espbak.rules that comes with espbak gives it to whoever sits at this computer",
              "%s may not be used by you", path);
    } else if (is_member(group, name)) {
        found(look, true, "log out and in again, or run: newgrp and the name of the group",
              "%s is for the group %s; you are in it, but not since you logged in", path, group->gr_name);
    } else {
        snprintf(remedy, sizeof(remedy), "run: sudo usermod -aG %s %s, then log out and in again", group->gr_name,
                 name);
        found(look, true, remedy, "%s is for the group %s, and you are not in it", path, group->gr_name);
    }
}

/* Programs that hold a port */

typedef struct holder_search {
    const looker *look;
    const char *path; /* as the kernel names it */
    char process[PATH_CAPACITY];
    bool holds;
} holder_search;

static void compare_link(void *user, const char *path, const char *name)
{
    holder_search *search = user;
    char target[PATH_CAPACITY];
    (void)name;
    const ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length <= 0)
        return;
    target[length] = '\0';
    search->holds = search->holds || strcmp(target, search->path) == 0;
}

static void look_at_process(void *user, const char *path, const char *name)
{
    holder_search *search = user;
    char files[PATH_CAPACITY], program[WORD_CAPACITY], remedy[sizeof(((obstacle *)0)->remedy)];
    if (!isdigit((unsigned char)name[0]) || strtol(name, NULL, 10) == (long)getpid() ||
        (size_t)snprintf(files, sizeof(files), "%s/fd", path) >= sizeof(files))
        return;
    search->holds = false;
    each_entry(files, compare_link, search);
    if (!search->holds)
        return;
    read_word(program, path, "comm");
    snprintf(remedy, sizeof(remedy), "end it, or run: kill %s", name);
    found(search->look, true, remedy, "%s is open in another program, %s (process %s)", search->path, program, name);
}

void obstacles_of_port(const obstacle_places *places, const char *path, obstacle_fn each, void *user)
{
    const looker look = {places, each, user};
    char real[PATH_MAX];
    look_at_rights(&look, path);
    holder_search search = {.look = &look, .path = realpath(path, real) != NULL ? real : path};
    each_entry(places->proc, look_at_process, &search);
}

/* Adapters without a port */

typedef struct driver {
    unsigned vid, pid; /* pid 0: any */
    const char *module;
} driver;

/* Which module of the kernel has an adapter: CH342 and later of WCH, and Espressif's own, are plain CDC-ACM. */
static const char *module_for(unsigned vid, unsigned pid)
{
    static const driver drivers[] = {{0x10C4, 0, "cp210x"},     {0x1A86, 0x7523, "ch341"}, {0x1A86, 0x7522, "ch341"},
                                     {0x1A86, 0x5523, "ch341"}, {0x0403, 0, "ftdi_sio"},   {0x067B, 0, "pl2303"}};
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (drivers[i].vid == vid && (drivers[i].pid == 0 || drivers[i].pid == pid))
            return drivers[i].module;
    }
    return "cdc_acm";
}

typedef struct usb_search {
    const looker *look;
    const char *device; /* "1-1.2" */
    bool port, braille; /* it has a port; brltty runs */
} usb_search;

/* An interface's folder has tty/ttyACM0 or ttyUSB0 where a driver has made a port of it. */
static void look_for_tty(void *user, const char *path, const char *name)
{
    usb_search *search = user;
    (void)path;
    search->port = search->port || strncmp(name, "tty", 3) == 0;
}

static void look_at_interface(void *user, const char *path, const char *name)
{
    const usb_search *search = user;
    const size_t length = strlen(search->device);
    if (strncmp(name, search->device, length) == 0 && name[length] == ':')
        each_entry(path, look_for_tty, user);
}

static void look_at_usb(void *user, const char *path, const char *name)
{
    usb_search *search = user;
    char vid_text[WORD_CAPACITY], pid_text[WORD_CAPACITY], product[WORD_CAPACITY], folder[PATH_CAPACITY];
    char remedy[sizeof(((obstacle *)0)->remedy)];
    if (strchr(name, ':') != NULL)
        return;
    read_word(vid_text, path, "idVendor");
    read_word(pid_text, path, "idProduct");
    read_word(product, path, "product");
    const unsigned vid = (unsigned)strtoul(vid_text, NULL, 16), pid = (unsigned)strtoul(pid_text, NULL, 16);
    const ports_bridge *bridge = ports_find_bridge((uint16_t)vid, (uint16_t)pid, product);
    if (bridge == NULL || bridge->pid == PORTS_ANY_PID)
        return;
    search->device = name;
    search->port = false;
    snprintf(folder, sizeof(folder), "%s/bus/usb/devices", search->look->places->sys);
    each_entry(folder, look_at_interface, search);
    if (search->port)
        return;
    if (search->braille)
        snprintf(remedy, sizeof(remedy), "run: sudo apt remove brltty, or end it, then plug the device in again");
    else
        snprintf(remedy, sizeof(remedy), "run: sudo modprobe %s, then plug the device in again", module_for(vid, pid));
    found(search->look, true, remedy,
          search->braille ? "a %s (%04X:%04X) is plugged in, but brltty has taken it"
                          : "a %s (%04X:%04X) is plugged in, but no driver made a port of it",
          bridge->name, vid, pid);
}

/* Programs that use ports unasked */

typedef struct program_search {
    const char *name;
    char process[16]; /* its number, empty when it does not run */
} program_search;

static void look_for_program(void *user, const char *path, const char *name)
{
    program_search *search = user;
    char program[WORD_CAPACITY];
    if (!isdigit((unsigned char)name[0]) || strlen(name) >= sizeof(search->process))
        return;
    read_word(program, path, "comm");
    if (strcmp(program, search->name) == 0)
        memcpy(search->process, name, strlen(name) + 1);
}

void obstacles_of_system(const obstacle_places *places, obstacle_fn each, void *user)
{
    const looker look = {places, each, user};
    program_search modems = {.name = "ModemManager"}, braille = {.name = "brltty"};
    char folder[PATH_CAPACITY];
    each_entry(places->proc, look_for_program, &modems);
    each_entry(places->proc, look_for_program, &braille);
    usb_search search = {.look = &look, .braille = braille.process[0] != '\0'};
    snprintf(folder, sizeof(folder), "%s/bus/usb/devices", places->sys);
    each_entry(folder, look_at_usb, &search);
    if (modems.process[0] != '\0')
        found(&look, false, "where a port is busy just after plugging in, install espbak's udev rule 70-espbak.rules",
              "ModemManager (process %s) talks to new ports for some seconds", modems.process);
}

#endif
