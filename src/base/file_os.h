/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_OS_H
#define BASE_FILE_OS_H

/*
 * What base/file.h asks of the operating system: thin calls that answer 0 or an errno value. Sentences,
 * hints and order are those of its callers. Paths are UTF-8.
 */

#include "base/file.h"

/** Answer of file_os_open for what is neither file nor folder: a pipe, a device. */
enum { FILE_OS_NOT_PLAIN = -1 };
/** Answer of file_os_open_change for a file that has other names as well. */
enum { FILE_OS_LINKED = -2 };

extern const char file_os_separator;
bool file_os_is_separator(char c);

/** New, 0600, not through a link; EEXIST when anything stands there. */
int file_os_create(const char *path, int *fd);
/** For reading; EISDIR for a folder, FILE_OS_NOT_PLAIN for what has no fixed contents. */
int file_os_open(const char *path, int *fd);
/** The same to read and write, not through a link, and FILE_OS_LINKED for what another name leads to too. */
int file_os_open_change(const char *path, int *fd);
int file_os_write_at(int fd, uint64_t offset, const void *bytes, size_t size, size_t *put);
int file_os_write(int fd, const void *bytes, size_t size, size_t *put);
int file_os_read_at(int fd, uint64_t offset, void *bytes, size_t size, size_t *got);
int file_os_size(int fd, uint64_t *size);
/** Let both files keep these bytes once, where they are the same; *shared of them are then. ENOTSUP where no system
 * can. */
int file_os_share(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size, uint64_t *shared);

/** Which file or folder, and how many names it has; all 0 where the system does not tell. */
typedef struct file_os_identity {
    uint64_t device, number, names;
} file_os_identity;
file_os_identity file_os_identify(int fd);
/** The same of what stands under `path`, not following a link; false where nothing does. */
bool file_os_identify_path(const char *path, file_os_identity *identity);

int file_os_sync(int fd);
int file_os_close(int fd);

/** EEXIST when something stands at `to`, unless `replace`. */
int file_os_rename(const char *from, const char *to, bool replace);
#ifndef _WIN32
/**
 * The same without `replace`, where kernel or file system have no call for it: the new name is taken
 * first, by a file or folder of our own, which the rename then replaces. mkdir and O_EXCL let one win.
 */
int file_os_rename_onto_own(const char *from, const char *to);
#endif
int file_os_remove(const char *path);
int file_os_make_folder(const char *path);
int file_os_remove_folder(const char *path);
int file_os_sync_folder(const char *path);

typedef struct file_os_lock {
    int fd;
    char *beside; /**< name of the file that locks where the file system cannot, else NULL */
} file_os_lock;
/** EBUSY when another process has it; `beside` is then the file that says so, or NULL. To be unlocked when 0 only. */
int file_os_lock_folder(const char *path, file_os_lock *lock);
void file_os_unlock_folder(file_os_lock *lock);

file_kind file_os_kind(const char *path);
/** Whether a folder can be reached under `path`, through links too. */
bool file_os_is_folder(const char *path);
/** UINT64_MAX when the system does not tell. */
uint64_t file_os_free_space(const char *folder);

typedef struct file_os_folder file_os_folder;
int file_os_open_folder(const char *path, file_os_folder **out);
/** The next name, NULL at the end or on an error (*error is then not 0). Valid until the next call. */
const char *file_os_next_name(file_os_folder *folder, int *error);
void file_os_close_folder(file_os_folder *folder);

unsigned long file_os_process(void);

#endif
