/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32

/*
 * Who works on a folder. Where the file system knows no locks, a file beside the folder says so: the host and
 * the process that made it. Inside it would be sealed with the rest.
 */

#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _DEFAULT_SOURCE /* flock() is outside POSIX */
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file_os.h"

enum { HOST_MAX = 256, OWNER_MAX = HOST_MAX + 32 };

/* What a lock file of this process holds: "HOST PROCESS", one line. */
static void name_owner(char out[OWNER_MAX], unsigned long process)
{
    char host[HOST_MAX] = "";
    if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
        snprintf(host, sizeof(host), "localhost");
    snprintf(out, OWNER_MAX, "%s %lu\n", host, process);
}

/* Empty when it cannot be read. */
static void read_owner(const char *path, char out[OWNER_MAX])
{
    int fd = -1;
    size_t got = 0;
    out[0] = '\0';
    if (file_os_open(path, &fd) != 0)
        return;
    if (file_os_read_at(fd, 0, out, OWNER_MAX - 1, &got) != 0)
        got = 0;
    out[got] = '\0';
    file_os_close(fd);
}

static int write_owner(const char *path)
{
    char owner[OWNER_MAX];
    int fd = -1;
    size_t put = 0;
    int error = file_os_create(path, &fd);
    if (error != 0)
        return error;
    name_owner(owner, file_os_process());
    error = file_os_write(fd, owner, strlen(owner), &put);
    if (error == 0 && put != strlen(owner))
        error = ENOSPC;
    const int close_error = file_os_close(fd);
    if (error == 0)
        error = close_error;
    if (error != 0)
        file_os_remove(path);
    return error;
}

/* Of this host, whole, and its process is gone. */
static bool is_stale(const char *owner, unsigned long *process)
{
    char own[OWNER_MAX];
    const char *number = strrchr(owner, ' ');
    *process = number == NULL ? 0 : strtoul(number, NULL, 10);
    if (*process == 0 || *process > INT32_MAX)
        return false;
    name_owner(own, *process);
    return strcmp(own, owner) == 0 && kill((pid_t)*process, 0) != 0 && errno == ESRCH;
}

/*
 * Of several processes that find the same stale file one may replace it: the one that makes the successor of
 * that owner, and still finds that owner when it has it.
 */
static int take_over(const char *path, const char *owner, unsigned long process)
{
    char now[OWNER_MAX];
    const size_t capacity = strlen(path) + 32;
    char *successor = malloc(capacity);
    if (successor == NULL)
        return ENOMEM;
    snprintf(successor, capacity, "%s.%lu", path, process);
    int error = write_owner(successor);
    if (error == 0) {
        read_owner(path, now);
        error = strcmp(now, owner) == 0 ? file_os_rename(successor, path, true) : EEXIST;
        if (error != 0)
            file_os_remove(successor);
    }
    free(successor);
    return error;
}

static int lock_by_file(const char *path, file_os_lock *lock)
{
    char owner[OWNER_MAX];
    unsigned long process;
    const size_t capacity = strlen(path) + sizeof(".lock");
    lock->beside = malloc(capacity);
    if (lock->beside == NULL)
        return ENOMEM;
    snprintf(lock->beside, capacity, "%s.lock", path);
    int error = write_owner(lock->beside);
    if (error != EEXIST)
        return error;
    read_owner(lock->beside, owner);
    if (is_stale(owner, &process))
        error = take_over(lock->beside, owner, process);
    return error == EEXIST ? EBUSY : error;
}

int file_os_lock_folder(const char *path, file_os_lock *lock)
{
    *lock = (file_os_lock){.fd = -1};
    do {
        lock->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    } while (lock->fd < 0 && errno == EINTR);
    if (lock->fd < 0)
        return errno;
    int result;
    do {
        result = flock(lock->fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result == 0)
        return 0;
    int error = EBUSY;
    if (errno != EWOULDBLOCK)
        error = lock_by_file(path, lock);
    if (error != 0)
        file_os_close(lock->fd);
    return error;
}

void file_os_unlock_folder(file_os_lock *lock)
{
    char own[OWNER_MAX], owner[OWNER_MAX];
    if (lock->beside != NULL) {
        name_owner(own, file_os_process());
        read_owner(lock->beside, owner);
        if (strcmp(own, owner) == 0)
            file_os_remove(lock->beside);
    }
    free(lock->beside);
    file_os_close(lock->fd);
}

#else
typedef int file_lock_posix_is_empty; /* a translation unit must not be empty */
#endif
