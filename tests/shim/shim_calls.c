/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the C library that are replaced. */
#define _GNU_SOURCE
#include "shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "a 64-bit system, where both are the same");

/* The function that would have been called without us; POSIX wants the pointer made this way. */
static void find_next(void *pointer, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(pointer, &found, sizeof(found));
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types and names of functions take none */

int shim_real_open(const char *path, int flags, unsigned mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int shim_real_close(int fd)
{
    return (int)syscall(SYS_close, fd);
}

int shim_real_ioctl(int fd, unsigned long request, void *argument)
{
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

int shim_real_stat(const char *path, struct stat *status)
{
    return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
}

static int open_at(int folder, const char *path, int flags, unsigned mode)
{
    char name[64], buffer[SHIM_PATH_MAX];
    if (shim_device_name(path, name) != NULL)
        return shim_open(name, flags);
    return (int)syscall(SYS_openat, folder, shim_map(path, buffer), flags, mode);
}

static unsigned mode_of(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, unsigned) : 0;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        const unsigned mode = mode_of(flags, arguments);                                                               \
        va_end(arguments);                                                                                             \
        return open_at(AT_FDCWD, path, flags, mode);                                                                   \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                   \
    int name(int folder, const char *path, int flags, ...)                                                             \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        const unsigned mode = mode_of(flags, arguments);                                                               \
        va_end(arguments);                                                                                             \
        return open_at(folder, path, flags, mode);                                                                     \
    }
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_at(AT_FDCWD, path, flags, 0);
}

int close(int fd)
{
    if (shim_is_open(fd))
        shim_release(fd);
    return shim_real_close(fd);
}

#define FOPEN(name)                                                                                                    \
    FILE *name(const char *path, const char *mode)                                                                     \
    {                                                                                                                  \
        static FILE *(*next)(const char *, const char *);                                                              \
        char buffer[SHIM_PATH_MAX];                                                                                    \
        if (next == NULL)                                                                                              \
            find_next(&next, #name);                                                                                   \
        return next(shim_map(path, buffer), mode);                                                                     \
    }
FOPEN(fopen)
FOPEN(fopen64)

DIR *opendir(const char *path)
{
    static DIR *(*next)(const char *);
    char buffer[SHIM_PATH_MAX];
    if (next == NULL)
        find_next(&next, "opendir");
    return next(shim_map(path, buffer));
}

/* PID of a path /proc/PID/fd/…, else 0. */
static int process_of(const char *path)
{
    int pid = 0;
    return sscanf(path, "/proc/%d/fd/", &pid) == 1 ? pid : 0;
}

static int stat_at(int folder, const char *path, struct stat *status, int flags)
{
    char name[64], buffer[SHIM_PATH_MAX];
    const char *real = shim_map(path, buffer);
    if (shim_device_name(path, name) != NULL && shim_pty_of(name, buffer)) {
        real = buffer;
        flags &= ~AT_SYMLINK_NOFOLLOW;
    }
    const int result = (int)syscall(SYS_newfstatat, folder, real, status, flags);
    if (result == 0)
        shim_disguise(status, process_of(path));
    return result;
}

#define STAT(name, type, flags)                                                                                        \
    int name(const char *path, type *status)                                                                           \
    {                                                                                                                  \
        return stat_at(AT_FDCWD, path, (struct stat *)status, flags);                                                  \
    }
STAT(stat, struct stat, 0)
STAT(stat64, struct stat64, 0)
STAT(lstat, struct stat, AT_SYMLINK_NOFOLLOW)
STAT(lstat64, struct stat64, AT_SYMLINK_NOFOLLOW)

#define FSTAT(name, type)                                                                                              \
    int name(int fd, type *status)                                                                                     \
    {                                                                                                                  \
        return stat_at(fd, "", (struct stat *)status, AT_EMPTY_PATH);                                                  \
    }
FSTAT(fstat, struct stat)
FSTAT(fstat64, struct stat64)

#define FSTATAT(name, type)                                                                                            \
    int name(int folder, const char *path, type *status, int flags)                                                    \
    {                                                                                                                  \
        return stat_at(folder, path, (struct stat *)status, flags);                                                    \
    }
FSTATAT(fstatat, struct stat)
FSTATAT(fstatat64, struct stat64)

/* The names of before glibc 2.33, which Debian 12's libserialport still calls. */
#define OLD_STAT(name, flags)                                                                                          \
    int name(int version, const char *path, struct stat *status);                                                      \
    int name(int version, const char *path, struct stat *status)                                                       \
    {                                                                                                                  \
        (void)version;                                                                                                 \
        return stat_at(AT_FDCWD, path, status, flags);                                                                 \
    }
OLD_STAT(__xstat, 0)
OLD_STAT(__xstat64, 0)
OLD_STAT(__lxstat, AT_SYMLINK_NOFOLLOW)
OLD_STAT(__lxstat64, AT_SYMLINK_NOFOLLOW)

ssize_t readlink(const char *path, char *target, size_t size)
{
    char name[64], buffer[SHIM_PATH_MAX];
    if (shim_device_name(path, name) != NULL) {
        errno = EINVAL; /* a device is no link */
        return -1;
    }
    return syscall(SYS_readlinkat, AT_FDCWD, shim_map(path, buffer), target, size);
}

ssize_t readlinkat(int folder, const char *path, char *target, size_t size)
{
    char buffer[SHIM_PATH_MAX];
    if (path[0] == '/')
        return readlink(path, target, size);
    return syscall(SYS_readlinkat, folder, shim_map(path, buffer), target, size);
}

/* Within the folder the links resolve as they would on the real paths; the folder's own name is taken off. */
static char *resolve(char *(*next)(const char *, char *), const char *path, char *resolved)
{
    char name[64], buffer[SHIM_PATH_MAX], root[SHIM_PATH_MAX];
    if (shim_device_name(path, name) != NULL)
        return resolved == NULL ? strdup(path) : strcpy(resolved, path);
    char *result = next(shim_map(path, buffer), resolved);
    if (result == NULL || shim_root() == NULL || next(shim_root(), root) == NULL)
        return result;
    const size_t size = strlen(root);
    if (strncmp(result, root, size) == 0 && result[size] == '/')
        memmove(result, result + size, strlen(result + size) + 1);
    return result;
}

char *realpath(const char *path, char *resolved)
{
    static char *(*next)(const char *, char *);
    if (next == NULL)
        find_next(&next, "realpath");
    return resolve(next, path, resolved);
}

char *__realpath_chk(const char *path, char *resolved, size_t size);
char *__realpath_chk(const char *path, char *resolved, size_t size)
{
    (void)size;
    return realpath(path, resolved);
}

static int access_at(int folder, const char *path, int mode)
{
    char name[64], buffer[SHIM_PATH_MAX];
    const char *real = shim_map(path, buffer);
    if (shim_device_name(path, name) != NULL && shim_pty_of(name, buffer))
        real = buffer;
    return (int)syscall(SYS_faccessat, folder, real, mode);
}

int access(const char *path, int mode)
{
    return access_at(AT_FDCWD, path, mode);
}

int faccessat(int folder, const char *path, int mode, int flags)
{
    (void)flags;
    return access_at(folder, path, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    int result = 0;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (shim_is_open(fd) && shim_ioctl(fd, request, argument, &result))
        return result;
    result = shim_real_ioctl(fd, request, argument);
    if (shim_is_open(fd))
        shim_speed_changed(fd);
    return result;
}

int tcsetattr(int fd, int when, const struct termios *settings)
{
    static int (*next)(int, int, const struct termios *);
    if (next == NULL)
        find_next(&next, "tcsetattr");
    const int result = next(fd, when, settings);
    if (shim_is_open(fd))
        shim_speed_changed(fd);
    return result;
}

/* NOLINTEND(bugprone-macro-parentheses) */
