/* SPDX-License-Identifier: Apache-2.0 */
/* libserialport 0.1.2 where an older one is installed: it locks a port when it opens it, and marks it as its own. */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>

/* The library is asked for by name, because most programs that are given a device by us do not use it. */
static void find_next(void *pointer, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(pointer, &found, sizeof(found));
}

static bool is_newer(void)
{
    const char *wish = getenv("ESPBAK_SHIM_PORT_LOCKS");
    return wish != NULL && strcmp(wish, "1") == 0;
}

/* What 0.1.2 does first: nothing is changed on a port that is locked. */
static bool is_locked(const struct sp_port *port)
{
    char *(*name_of)(const struct sp_port *);
    find_next(&name_of, "sp_get_port_name");
    char name[64];
    const char *device = shim_device_name(name_of(port), name);
    const int fd = device == NULL ? -1 : shim_open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool locked = flock(fd, LOCK_EX | LOCK_NB) != 0;
    shim_release(fd);
    shim_real_close(fd);
    return locked;
}

enum sp_return sp_open(struct sp_port *port, enum sp_mode mode)
{
    enum sp_return (*next)(struct sp_port *, enum sp_mode);
    enum sp_return (*handle_of)(const struct sp_port *, void *);
    int fd = -1;
    find_next(&next, "sp_open");
    if (!is_newer())
        return next(port, mode);
    if (is_locked(port)) {
        errno = EWOULDBLOCK;
        return SP_ERR_FAIL;
    }
    const enum sp_return result = next(port, mode);
    find_next(&handle_of, "sp_get_port_handle");
    if (result == SP_OK && handle_of(port, &fd) == SP_OK && flock(fd, LOCK_EX | LOCK_NB) == 0)
        ioctl(fd, TIOCEXCL);
    return result;
}
