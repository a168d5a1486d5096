/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library to preload (LD_PRELOAD) in which one call to the system goes wrong. Linux only, for tests only.
 *
 *   ESPBAK_BAD_CALL=CALL.WHERE:FAULT:N[+]   the Nth such call, with + all from it on
 *       CALL    write, read, open, sync, rename, mkdir, lock (flock) or wait (poll and select)
 *       WHERE   file, or line for sockets and terminals
 *       FAULT   EINTR, EIO, ENOSPC, ENOENT, ENOLCK, EOPNOTSUPP or ENOSYS: nothing is done;
 *               short: half of the bytes, at least one
 *   ESPBAK_BAD_CALL_COUNT=FILE              gets the number of such calls when the program ends
 *   ESPBAK_BAD_CALL_FREE=BYTES              what every disk has left, by what it says
 *
 * What the C library calls inside itself, as for a FILE, is not seen; nor are the standard streams.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct plan {
    bool read;
    char call[16], where[8];
    int error; /* 0: short */
    unsigned long at, count;
    bool lasts;
} plan;

static plan the_plan;

static int error_of(const char *fault)
{
    static const struct {
        const char *name;
        int error;
    } faults[] = {
        {"short", 0},       {"EINTR", EINTR},           {"EIO", EIO},      {"ENOSPC", ENOSPC}, {"ENOENT", ENOENT},
        {"ENOLCK", ENOLCK}, {"EOPNOTSUPP", EOPNOTSUPP}, {"ENOSYS", ENOSYS}};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (strcmp(fault, faults[i].name) == 0)
            return faults[i].error;
    }
    fprintf(stderr, "ESPBAK_BAD_CALL: there is no fault %s\n", fault);
    abort();
}

static void read_plan(void)
{
    char fault[16] = "", lasts = ' ';
    const char *text = getenv("ESPBAK_BAD_CALL");
    the_plan.read = true;
    if (text == NULL)
        return;
    if (sscanf(text, "%15[a-z].%7[a-z]:%15[A-Za-z]:%lu%c", the_plan.call, the_plan.where, fault, &the_plan.at, &lasts) <
        4)
        abort();
    the_plan.error = error_of(fault);
    the_plan.lasts = lasts == '+';
}

/* Whether this call is the one; counts it. */
static bool strikes(const char *call, const char *where)
{
    if (!the_plan.read)
        read_plan();
    if (where == NULL || strcmp(call, the_plan.call) != 0 || strcmp(where, the_plan.where) != 0)
        return false;
    the_plan.count++;
    return the_plan.count == the_plan.at || (the_plan.lasts && the_plan.count > the_plan.at);
}

/* Whether it fails; otherwise *size is what it may do. */
static bool fails(const char *call, const char *where, size_t *size)
{
    if (!strikes(call, where))
        return false;
    if (the_plan.error == 0) {
        if (size != NULL && *size > 1)
            *size /= 2;
        return false;
    }
    errno = the_plan.error;
    return true;
}

static const char *where_of(int fd)
{
    struct stat status;
    const int error = errno;
    if (fd <= 2 || fstat(fd, &status) != 0) {
        errno = error;
        return NULL;
    }
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
        return "file";
    return S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode) ? "line" : NULL;
}

static const char *where_of_path(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 ? "line" : strncmp(path, "/proc/", 6) == 0 ? NULL : "file";
}

__attribute__((destructor)) static void tell_count(void)
{
    const char *name = getenv("ESPBAK_BAD_CALL_COUNT");
    FILE *file = name == NULL ? NULL : fopen(name, "w");
    if (file == NULL)
        return;
    fprintf(file, "%lu\n", the_plan.count);
    fclose(file);
}

/* The function that would have been called without us; POSIX wants the pointer made this way. */
static void find_next(void *pointer, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(pointer, &found, sizeof(found));
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types and names of functions take none */

/* A function `name` of `type`, with the next one of that name in `next`. */
#define NEXT(type, name, ...)                                                                                          \
    static type (*next)(__VA_ARGS__);                                                                                  \
    if (next == NULL)                                                                                                  \
        find_next(&next, #name);

ssize_t write(int fd, const void *bytes, size_t size)
{
    NEXT(ssize_t, write, int, const void *, size_t)
    return fails("write", where_of(fd), &size) ? -1 : next(fd, bytes, size);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    NEXT(ssize_t, send, int, const void *, size_t, int)
    return fails("write", where_of(fd), &size) ? -1 : next(fd, bytes, size, flags);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    NEXT(ssize_t, read, int, void *, size_t)
    return fails("read", where_of(fd), &size) ? -1 : next(fd, bytes, size);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    NEXT(ssize_t, recv, int, void *, size_t, int)
    return fails("read", where_of(fd), &size) ? -1 : next(fd, bytes, size, flags);
}

#define AT_OFFSET(name, call, pointer, offset_type)                                                                    \
    ssize_t name(int fd, pointer bytes, size_t size, offset_type offset)                                               \
    {                                                                                                                  \
        NEXT(ssize_t, name, int, pointer, size_t, offset_type)                                                         \
        return fails(call, where_of(fd), &size) ? -1 : next(fd, bytes, size, offset);                                  \
    }
AT_OFFSET(pwrite, "write", const void *, off_t)
AT_OFFSET(pwrite64, "write", const void *, off64_t)
AT_OFFSET(pread, "read", void *, off_t)
AT_OFFSET(pread64, "read", void *, off64_t)

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        NEXT(int, name, const char *, int, ...)                                                                        \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, unsigned) : 0;                  \
        va_end(arguments);                                                                                             \
        return fails("open", where_of_path(path), NULL) ? -1 : next(path, flags, mode);                                \
    }
OPEN(open)
OPEN(open64)

int fsync(int fd)
{
    NEXT(int, fsync, int)
    return fails("sync", where_of(fd), NULL) ? -1 : next(fd);
}

int flock(int fd, int operation)
{
    NEXT(int, flock, int, int)
    return fails("lock", where_of(fd), NULL) ? -1 : next(fd, operation);
}

int rename(const char *from, const char *to)
{
    NEXT(int, rename, const char *, const char *)
    return fails("rename", "file", NULL) ? -1 : next(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int, mkdir, const char *, mode_t)
    return fails("mkdir", "file", NULL) ? -1 : next(path, mode);
}

/* renameat2() has no function of its own in old C libraries. */
long syscall(long number, ...)
{
    NEXT(long, syscall, long, ...)
    long values[6];
    va_list arguments;
    va_start(arguments, number);
    for (size_t i = 0; i < 6; i++)
        values[i] = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_renameat2 && fails("rename", "file", NULL))
        return -1;
    return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

int poll(struct pollfd *list, nfds_t count, int timeout)
{
    NEXT(int, poll, struct pollfd *, nfds_t, int)
    return fails("wait", count > 0 ? where_of(list[0].fd) : NULL, NULL) ? -1 : next(list, count, timeout);
}

/* What a disk has left. */
#define STATVFS(name)                                                                                                  \
    int name(const char *path, struct name *status)                                                                    \
    {                                                                                                                  \
        NEXT(int, name, const char *, struct name *)                                                                   \
        const char *left = getenv("ESPBAK_BAD_CALL_FREE");                                                             \
        const int result = next(path, status);                                                                         \
        if (left != NULL && result == 0)                                                                               \
            status->f_bavail = strtoul(left, NULL, 10) / status->f_frsize;                                             \
        return result;                                                                                                 \
    }
STATVFS(statvfs)
STATVFS(statvfs64)

int select(int count, fd_set *input, fd_set *output, fd_set *other, struct timeval *timeout)
{
    NEXT(int, select, int, fd_set *, fd_set *, fd_set *, struct timeval *)
    return fails("wait", "line", NULL) ? -1 : next(count, input, output, other, timeout);
}

/* NOLINTEND(bugprone-macro-parentheses) */
