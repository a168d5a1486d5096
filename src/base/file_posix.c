/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _WIN32

#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE /* syscall() */
#endif
#define _FILE_OFFSET_BITS 64 /* for 32-bit systems */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#endif

#include "base/file_os.h"

const char file_os_separator = '/';

bool file_os_is_separator(char c)
{
    return c == '/';
}

int file_os_create(const char *path, int *fd)
{
    do {
        *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (*fd < 0 && errno == EINTR);
    return *fd < 0 ? errno : 0;
}

int file_os_open(const char *path, int *fd)
{
    /* O_NONBLOCK: opening a pipe that nobody writes must not wait for ever. */
    do {
        *fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    } while (*fd < 0 && errno == EINTR);
    if (*fd < 0)
        return errno;
    struct stat status;
    int error = 0;
    if (fstat(*fd, &status) != 0)
        error = errno;
    else if (S_ISDIR(status.st_mode))
        error = EISDIR;
    else if (!S_ISREG(status.st_mode))
        error = FILE_OS_NOT_PLAIN;
    if (error != 0) {
        close(*fd);
        *fd = -1;
    }
    return error;
}

int file_os_open_change(const char *path, int *fd)
{
    do {
        *fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    } while (*fd < 0 && errno == EINTR);
    if (*fd < 0)
        return errno;
    struct stat status;
    int error = 0;
    if (fstat(*fd, &status) != 0)
        error = errno;
    else if (!S_ISREG(status.st_mode))
        error = FILE_OS_NOT_PLAIN;
    else if (status.st_nlink > 1)
        error = FILE_OS_LINKED;
    if (error != 0) {
        close(*fd);
        *fd = -1;
    }
    return error;
}

int file_os_write_at(int fd, uint64_t offset, const void *bytes, size_t size, size_t *put)
{
    ssize_t n;
    *put = 0;
    if (offset > INT64_MAX)
        return EOVERFLOW;
    do {
        n = pwrite(fd, bytes, size, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno;
    *put = (size_t)n;
    return 0;
}

int file_os_write(int fd, const void *bytes, size_t size, size_t *put)
{
    ssize_t n;
    do {
        n = write(fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    *put = n < 0 ? 0 : (size_t)n;
    return n < 0 ? errno : 0;
}

int file_os_read_at(int fd, uint64_t offset, void *bytes, size_t size, size_t *got)
{
    ssize_t n;
    *got = 0;
    if (offset > INT64_MAX)
        return EOVERFLOW;
    do {
        n = pread(fd, bytes, size, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno;
    *got = (size_t)n;
    return 0;
}

int file_os_size(int fd, uint64_t *size)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    *size = (uint64_t)status.st_size;
    return 0;
}

static file_os_identity identity_of(const struct stat *status)
{
    return (file_os_identity){(uint64_t)status->st_dev, (uint64_t)status->st_ino, (uint64_t)status->st_nlink};
}

file_os_identity file_os_identify(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? identity_of(&status) : (file_os_identity){0};
}

bool file_os_identify_path(const char *path, file_os_identity *identity)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return false;
    *identity = identity_of(&status);
    return true;
}

#if defined(__linux__) && defined(FIDEDUPERANGE)
int file_os_share(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size, uint64_t *shared)
{
    union {
        struct file_dedupe_range range;
        uint8_t room[sizeof(struct file_dedupe_range) + sizeof(struct file_dedupe_range_info)];
    } request = {.range = {.src_offset = from_offset, .src_length = size, .dest_count = 1}};
    request.range.info[0].dest_fd = to;
    request.range.info[0].dest_offset = to_offset;
    *shared = 0;
    if (ioctl(from, FIDEDUPERANGE, &request) != 0)
        return errno;
    if (request.range.info[0].status < 0)
        return -request.range.info[0].status;
    if (request.range.info[0].status == FILE_DEDUPE_RANGE_SAME)
        *shared = request.range.info[0].bytes_deduped;
    return 0;
}
#else
int file_os_share(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size, uint64_t *shared)
{
    (void)from;
    (void)from_offset;
    (void)to;
    (void)to_offset;
    (void)size;
    *shared = 0;
    return ENOTSUP;
}
#endif

/* Some network and memory file systems know no sync of a folder, or of anything: nothing to wait for. */
static int forgive_unknown_sync(int error)
{
    return error == EINVAL || error == ENOTSUP || error == ENOSYS || error == EBADF ? 0 : error;
}

int file_os_sync(int fd)
{
#ifdef F_FULLFSYNC
    /* On macOS fsync() leaves the data in the drive's cache. */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : forgive_unknown_sync(errno);
}

int file_os_close(int fd)
{
    return close(fd) == 0 || errno == EINTR ? 0 : errno;
}

int file_os_rename_onto_own(const char *from, const char *to)
{
    const bool folder = file_os_is_folder(from);
    int error = 0;
    if (folder) {
        error = file_os_make_folder(to);
    } else {
        int fd = -1;
        error = file_os_create(to, &fd);
        if (error == 0)
            close(fd);
    }
    if (error != 0)
        return error;
    if (rename(from, to) == 0)
        return 0;
    error = errno;
    if (folder)
        rmdir(to);
    else
        unlink(to);
    return error;
}

int file_os_rename(const char *from, const char *to, bool replace)
{
    if (replace)
        return rename(from, to) == 0 ? 0 : errno;
#if defined(__linux__) && defined(SYS_renameat2)
    enum { NO_REPLACE = 1 }; /* RENAME_NOREPLACE of linux/fs.h */
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, NO_REPLACE) == 0)
        return 0;
    if (errno != ENOSYS && errno != EINVAL)
        return errno;
#elif defined(__APPLE__) && defined(RENAME_EXCL)
    if (renamex_np(from, to, RENAME_EXCL) == 0)
        return 0;
    if (errno != ENOTSUP && errno != EINVAL)
        return errno;
#endif
    return file_os_rename_onto_own(from, to);
}

int file_os_remove(const char *path)
{
    return unlink(path) == 0 ? 0 : errno;
}

int file_os_make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 ? 0 : errno;
}

int file_os_remove_folder(const char *path)
{
    return rmdir(path) == 0 ? 0 : errno;
}

static int open_folder(const char *path)
{
    int fd;
    do {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int file_os_sync_folder(const char *path)
{
    const int fd = open_folder(path);
    if (fd < 0) /* a folder may be writable without being readable */
        return errno == EACCES ? 0 : errno;
    const int error = file_os_sync(fd);
    close(fd);
    return error;
}

file_kind file_os_kind(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return FILE_KIND_MISSING; /* or out of reach, which whoever then opens or makes it will say */
    if (S_ISREG(status.st_mode))
        return FILE_KIND_REGULAR;
    return S_ISDIR(status.st_mode) ? FILE_KIND_FOLDER : FILE_KIND_OTHER;
}

bool file_os_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_folder_is_writable(const char *path)
{
    return access(path, W_OK | X_OK) == 0;
}

uint64_t file_os_free_space(const char *folder)
{
    struct statvfs status;
    if (statvfs(folder, &status) != 0 || status.f_blocks == 0)
        return UINT64_MAX; /* some network and user-space file systems count nothing */
    return (uint64_t)status.f_bavail * (uint64_t)status.f_frsize;
}

struct file_os_folder {
    DIR *dir;
};

int file_os_open_folder(const char *path, file_os_folder **out)
{
    *out = malloc(sizeof(**out));
    if (*out == NULL)
        return ENOMEM;
    (*out)->dir = opendir(path);
    if ((*out)->dir != NULL)
        return 0;
    const int error = errno;
    free(*out);
    *out = NULL;
    return error;
}

const char *file_os_next_name(file_os_folder *folder, int *error)
{
    errno = 0;
    const struct dirent *entry = readdir(folder->dir);
    *error = entry == NULL ? errno : 0;
    return entry == NULL ? NULL : entry->d_name;
}

void file_os_close_folder(file_os_folder *folder)
{
    closedir(folder->dir);
    free(folder);
}

FILE *file_stream(const char *path, const char *mode)
{
    return fopen(path, mode);
}

int file_stream_sync(FILE *stream)
{
    return fflush(stream) == 0 ? file_os_sync(fileno(stream)) : errno;
}

unsigned long file_os_process(void)
{
    return (unsigned long)getpid();
}

#else
typedef int file_posix_is_empty; /* a translation unit must not be empty */
#endif
