/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32
/* flock() and TIOCEXCL are outside POSIX. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif
#include "transport/serial/tty_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/holder.h"
#include "transport/serial/ports.h"

static espbak_status fail_missing(const char *path, espbak_error *err)
{
    char present[400];
    ports_describe_present(present, sizeof(present));
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "there is no port %s", path);
    espbak_error_hint(err, "the ports of this computer: %s", present);
    return status;
}

static bool is_member(const struct group *group)
{
    const struct passwd *user = getpwuid(getuid());
    for (char **member = group->gr_mem; user != NULL && *member != NULL; member++) {
        if (strcmp(*member, user->pw_name) == 0)
            return true;
    }
    return false;
}

static void hint_permission(const char *path, espbak_error *err)
{
    struct stat file;
    const struct group *group = NULL;
    if (stat(path, &file) == 0 && (file.st_mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && file.st_gid != 0)
        group = getgrgid(file.st_gid);
    if (group == NULL)
        espbak_error_hint(err, "the device file does not let this user in: run as another user, or add a udev rule");
    else if (is_member(group))
        espbak_error_hint(err, "%s belongs to group %s, which you are in since you logged in: log out and in again",
                          path, group->gr_name);
    else
        espbak_error_hint(err,
                          "%s belongs to group %s: add yourself with `sudo usermod -aG %s $USER`, then log out and in "
                          "again",
                          path, group->gr_name, group->gr_name);
}

static espbak_status fail_busy(const char *path, espbak_error *err)
{
    char holder[HOLDER_TEXT_MAX];
    (void)holder_find(path, holder);
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "%s is busy: it is held by %s", path, holder);
    espbak_error_hint(err, "close that program, or name another port with --port");
    return status;
}

espbak_status tty_fail_open(const char *path, int error, espbak_error *err)
{
    espbak_status status;
    switch (error) {
    case ENOENT:
        return fail_missing(path, err);
    case EBUSY:
    case EWOULDBLOCK: /* a lock, found by libserialport */
        return fail_busy(path, err);
    case EACCES:
    case EPERM:
        status = espbak_fail(err, ESPBAK_E_PORT, "no permission to open %s", path);
        hint_permission(path, err);
        return status;
    case ENXIO:
    case ENODEV:
    case EIO:
        status = espbak_fail(err, ESPBAK_E_PORT, "no device answers at %s: %s", path, strerror(error));
        espbak_error_hint(err, "plug the device out and in again");
        return status;
    case ENOTTY:
    case EINVAL:
        return espbak_fail(err, ESPBAK_E_PORT, "%s is not a serial port", path);
    default:
        return espbak_fail(err, ESPBAK_E_PORT, "cannot open %s: %s", path, strerror(error));
    }
}

espbak_status tty_fail_gone(const char *path, int error, espbak_error *err)
{
    espbak_status status;
    if (error == 0 || error == EIO || error == ENXIO || error == ENODEV)
        status = espbak_fail(err, ESPBAK_E_PORT, "%s went away", path);
    else
        status = espbak_fail(err, ESPBAK_E_PORT, "%s failed: %s", path, strerror(error));
    espbak_error_hint(err, "check the cable and the device's power, then run the command again");
    return status;
}

espbak_status tty_resolve(const char *given, char *path, espbak_error *err)
{
    struct stat file;
    const char *found = realpath(given, path);
    int error = errno;
    if (found == NULL && error == ENOENT && strchr(given, '/') == NULL) {
        char in_dev[PATH_MAX];
        snprintf(in_dev, sizeof(in_dev), "/dev/%s", given);
        found = realpath(in_dev, path);
    }
    if (found == NULL)
        return tty_fail_open(given, error, err);
    if (stat(path, &file) != 0)
        return tty_fail_open(path, errno, err);
    if (!S_ISCHR(file.st_mode))
        return espbak_fail(err, ESPBAK_E_PORT, "%s is not a serial port but a %s", given,
                           S_ISDIR(file.st_mode) ? "folder" : "file");
    return ESPBAK_OK;
}

int tty_open(const char *path)
{
    int fd;
    do {
        fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

espbak_status tty_lock(int fd, const char *path, espbak_error *err)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return fail_busy(path, err);
        /* A device on which locks do not work at all is used without. */
        if (errno != EINTR)
            break;
    }
    return ESPBAK_OK;
}

espbak_status tty_check_unclaimed(int fd, const char *path, espbak_error *err)
{
#ifdef TIOCGEXCL
    /* The superuser opens a port that is exclusively another's; to use it would disturb that one. */
    int exclusive = 0;
    if (ioctl(fd, TIOCGEXCL, &exclusive) == 0 && exclusive != 0)
        return fail_busy(path, err);
#else
    (void)fd, (void)path, (void)err;
#endif
    return ESPBAK_OK;
}

static void warn_of_others(const char *path, const espbak_events *events)
{
    char holder[HOLDER_TEXT_MAX];
    if (events != NULL && events->log != NULL && holder_find(path, holder))
        espbak_log(events, ESPBAK_LOG_WARNING, "%s is open in %s too, which may take bytes away", path, holder);
}

void tty_claim(int fd, const char *path, const espbak_events *events)
{
    (void)ioctl(fd, TIOCEXCL);
    warn_of_others(path, events);
}

void tty_release(int fd)
{
    (void)ioctl(fd, TIOCNXCL);
}

tty_ready tty_wait(int fd, bool writable, espbak_time timeout)
{
    const short wanted = writable ? POLLOUT : POLLIN;
    struct pollfd wait = {.fd = fd, .events = wanted};
    const int milliseconds = timeout <= 0 ? 0 : (int)((timeout + ESPBAK_MS - 1) / ESPBAK_MS);
    if (poll(&wait, 1, milliseconds) <= 0)
        return TTY_NOT_READY; /* the time is over, or a signal came */
    if ((wait.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        return TTY_HUNG_UP;
    return TTY_READY;
}

bool tty_try_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}
#endif
