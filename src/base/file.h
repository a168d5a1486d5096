/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

/*
 * Files as a backup needs them: made private, never through a link, durable, and visible under
 * their name only when whole. The operating system stops here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "espbak/error.h"

typedef struct file file;

/** Make a new file, 0600; ESPBAK_E_FILE when anything stands under that name, a link included. */
ESPBAK_MUST_USE espbak_status file_create(file **out, const char *path, espbak_error *err);

/**
 * A file that appears as `path` at file_commit only: written beside it under a temporary name.
 * Without `overwrite` an existing `path` is ESPBAK_E_FILE, now and again at commit.
 */
ESPBAK_MUST_USE espbak_status file_create_atomic(file **out, const char *path, bool overwrite, espbak_error *err);

ESPBAK_MUST_USE espbak_status file_open(file **out, const char *path, espbak_error *err);
/** An existing plain file, to read and change; never through a link, nor where another name leads to it too. */
ESPBAK_MUST_USE espbak_status file_open_change(file **out, const char *path, espbak_error *err);

/** Write all at the end (ENOSPC and the like become ESPBAK_E_FILE with the path). */
ESPBAK_MUST_USE espbak_status file_write(file *f, const void *bytes, size_t size, espbak_error *err);
/** Write all at `offset`; do not mix with file_write. */
ESPBAK_MUST_USE espbak_status file_write_at(file *f, uint64_t offset, const void *bytes, size_t size,
                                            espbak_error *err);
/** Read exactly `size` bytes at `offset`; a shorter file is ESPBAK_E_FILE. */
ESPBAK_MUST_USE espbak_status file_read_at(file *f, uint64_t offset, void *bytes, size_t size, espbak_error *err);
/** Read up to `capacity` bytes from where the last read ended; *got = 0 at the end. */
ESPBAK_MUST_USE espbak_status file_read(file *f, void *bytes, size_t capacity, size_t *got, espbak_error *err);
ESPBAK_MUST_USE espbak_status file_size(file *f, uint64_t *size, espbak_error *err);

/**
 * Let the file system keep bytes once that both files hold. Returns how many are shared from now on,
 * counted from the start; 0 where it cannot. Neither file's contents change in any case.
 */
uint64_t file_share(file *from, uint64_t from_offset, file *to, uint64_t to_offset, uint64_t size);

/** Which file it is, whatever name it has; all 0 where the system does not tell. */
typedef struct file_identity {
    uint64_t device, number;
} file_identity;
file_identity file_identify(const file *f);
/** Whether `path`, through no link, is that file. Some network file systems give a file another number later. */
bool file_is_at(const char *path, const file_identity *identity);
/** Whether what stands under `path` has another name too (a hard link). */
bool file_has_other_names(const char *path);

/** What was written so far is on the disk. */
ESPBAK_MUST_USE espbak_status file_sync(file *f, espbak_error *err);

/** Sync to disk; an atomic file gets its name and its folder is synced too. Closes on success and failure. */
ESPBAK_MUST_USE espbak_status file_commit(file *f, espbak_error *err);

/** The end of a file that was written as `status` says: committed, or closed and removed. Returns what came of it. */
ESPBAK_MUST_USE espbak_status file_end(file *f, espbak_status status, espbak_error *err);

/** Close without commit; a temporary or half-written created file is removed if `discard`. NULL is allowed. */
void file_close(file *f, bool discard);

/** Read a whole small file, terminated; ESPBAK_E_FILE when it is larger than `limit`. free() it. */
ESPBAK_MUST_USE espbak_status file_load(const char *path, size_t limit, char **text, size_t *size, espbak_error *err);

/** fopen() of a path in UTF-8. */
FILE *file_stream(const char *path, const char *mode);
/** What was written is on the disk when this returns; 0, or what errno would be. */
int file_stream_sync(FILE *stream);

typedef enum file_kind { FILE_KIND_MISSING, FILE_KIND_REGULAR, FILE_KIND_FOLDER, FILE_KIND_OTHER } file_kind;
/** What stands under `path`, not following a link (a link is FILE_KIND_OTHER). */
file_kind file_kind_of(const char *path);

/* What seems to be missing may not be looked at: the error says so then. */
bool file_is_forbidden(const char *path, espbak_error *err);

/** Whether a folder can be reached under `path`, through links too. */
bool file_is_folder(const char *path);
/** Whether this user may make files in a folder, as far as rights tell. */
bool file_folder_is_writable(const char *path);
/** ESPBAK_E_FILE when so many bytes, and a little beside them, will not fit on the disk that has `folder`. */
ESPBAK_MUST_USE espbak_status file_need_space(const char *folder, uint64_t size, espbak_error *err);

/** Make one folder, 0700. ESPBAK_OK with *existed when it is there already. */
ESPBAK_MUST_USE espbak_status file_make_folder(const char *path, bool *existed, espbak_error *err);
/** Make a folder and those above it. */
ESPBAK_MUST_USE espbak_status file_make_folders(const char *path, espbak_error *err);

/** A new folder, 0700, where the system keeps what is not to last; NULL with an error. free() it. */
char *file_make_temporary_folder(espbak_error *err);
/** Remove a folder with the files and folders in it, links themselves and not what they lead to, as far as that goes.
 */
void file_remove_all(const char *path);

typedef struct file_lock file_lock;
/**
 * Keep other processes that ask for the same out of a folder, until file_unlock or the end of this
 * process however it ends. ESPBAK_E_FILE when another has it. Where the file system knows no locks a file
 * beside the folder serves, PATH.lock; the next one takes it over when its process is gone.
 */
ESPBAK_MUST_USE espbak_status file_lock_folder(file_lock **out, const char *path, espbak_error *err);
/** Whether `path`, through no link, is still the folder that was locked. */
bool file_lock_is_of(const file_lock *lock, const char *path);
/** NULL is allowed. */
void file_unlock(file_lock *lock);

/** Rename, refusing to replace anything, and sync the folder it stands in. */
ESPBAK_MUST_USE espbak_status file_rename_new(const char *from, const char *to, espbak_error *err);
ESPBAK_MUST_USE espbak_status file_sync_folder(const char *path, espbak_error *err);
ESPBAK_MUST_USE espbak_status file_remove(const char *path, espbak_error *err);
ESPBAK_MUST_USE espbak_status file_remove_folder(const char *path, espbak_error *err);

/** Calls `each` with every name in a folder but . and .., unsorted. */
ESPBAK_MUST_USE espbak_status file_list(const char *path,
                                        espbak_status (*each)(void *user, const char *name, espbak_error *err),
                                        void *user, espbak_error *err);

/** `folder` and `name` joined with the system's separator, allocated; NULL when out of memory. */
char *file_join(const char *folder, const char *name);

/** The folder a path stands in ("." for a bare name), allocated; NULL when out of memory. */
char *file_folder_of(const char *path);
/** The part of a path after its last separator. */
const char *file_name_of(const char *path);
/** Windows keeps some names for devices, whatever follows a dot behind them. */
bool file_name_is_device(const char *name);
/** Whether a name from anywhere can be that of a file here, and of nothing else: one part of a path, in UTF-8. */
bool file_name_is_safe(const char *name);

#endif
