/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/file_os.h"
#include "base/file_parts.h"

/* Beside the data: manifest, sums, journal and what the file system itself needs. */
enum { BESIDE_DATA = 64 * 1024 };

file_kind file_kind_of(const char *path)
{
    return file_os_kind(path);
}

bool file_is_folder(const char *path)
{
    return file_os_is_folder(path);
}

espbak_status file_need_space(const char *folder, uint64_t size, espbak_error *err)
{
    const uint64_t space = file_os_free_space(folder);
    if (size <= UINT64_MAX - BESIDE_DATA && size + BESIDE_DATA <= space)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_FILE, "cannot put %llu KiB into %s: the disk has %llu KiB left",
                (unsigned long long)(size / 1024), folder, (unsigned long long)(space / 1024));
    espbak_error_hint(err, "free some space, or choose a folder on another disk");
    return ESPBAK_E_FILE;
}

espbak_status file_make_folder(const char *path, bool *existed, espbak_error *err)
{
    const int error = file_os_make_folder(path);
    *existed = error == EEXIST;
    if (error == 0 || error == EEXIST)
        return ESPBAK_OK;
    return file_fail(err, "make the folder", path, error);
}

/* Through links: the folder that backups go to may well be one. */
static int make_reachable_folder(const char *path)
{
    if (file_os_is_folder(path))
        return 0;
    const int error = file_os_make_folder(path);
    if (error == 0)
        return file_sync_folder_of(path);
    return file_os_is_folder(path) ? 0 : error;
}

espbak_status file_make_folders(const char *path, espbak_error *err)
{
    const size_t length = strlen(path);
    char *part = file_copy_text(path, length);
    int error = part == NULL ? ENOMEM : length == 0 ? ENOENT : 0;
    for (size_t end = 1; end <= length && error == 0; end++) {
        if (end < length && !file_os_is_separator(path[end]))
            continue;
        part[end] = '\0';
        error = make_reachable_folder(part);
        if (error == 0)
            part[end] = path[end];
    }
    espbak_status status = ESPBAK_OK;
    if (error == EEXIST) {
        status = espbak_fail(err, ESPBAK_E_FILE, "cannot make the folder %s: %s is a file", path, part);
        espbak_error_hint(err, "choose another folder, or move %s away", part);
    } else if (error != 0) {
        status = file_fail(err, "make the folder", path, error);
    }
    free(part);
    return status;
}

espbak_status file_rename_new(const char *from, const char *to, espbak_error *err)
{
    int error = file_os_kind(to) == FILE_KIND_MISSING ? file_os_rename(from, to, false) : EEXIST;
    if (error == ENOTEMPTY)
        error = EEXIST;
    if (error != 0)
        return file_fail(err, "rename to", to, error);
    error = file_sync_folder_of(to);
    return error == 0 ? ESPBAK_OK : file_fail(err, "sync the folder of", to, error);
}

espbak_status file_sync_folder(const char *path, espbak_error *err)
{
    const int error = file_os_sync_folder(path);
    return error == 0 ? ESPBAK_OK : file_fail(err, "write", path, error);
}

espbak_status file_remove(const char *path, espbak_error *err)
{
    const int error = file_os_remove(path);
    return error == 0 ? ESPBAK_OK : file_fail(err, "remove", path, error);
}

espbak_status file_remove_folder(const char *path, espbak_error *err)
{
    const int error = file_os_remove_folder(path);
    return error == 0 ? ESPBAK_OK : file_fail(err, "remove the folder", path, error);
}

espbak_status file_list(const char *path, espbak_status (*each)(void *user, const char *name, espbak_error *err),
                        void *user, espbak_error *err)
{
    file_os_folder *folder = NULL;
    int error = file_os_open_folder(path, &folder);
    if (error != 0)
        return file_fail(err, "list", path, error);
    espbak_status status = ESPBAK_OK;
    const char *name;
    while (status == ESPBAK_OK && (name = file_os_next_name(folder, &error)) != NULL) {
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            status = each(user, name, err);
    }
    if (status == ESPBAK_OK && error != 0)
        status = file_fail(err, "list", path, error);
    file_os_close_folder(folder);
    return status;
}

struct file_lock {
    file_os_lock os;
};

static espbak_status tell_busy(const char *path, const char *beside, espbak_error *err)
{
    espbak_fail(err, ESPBAK_E_FILE, "another process works on %s", path);
    if (beside == NULL)
        espbak_error_hint(err, "wait until it has finished, or stop it");
    else
        espbak_error_hint(err,
                          "%s says which: a host and a process there; wait until it has finished, or remove that file "
                          "if it is gone",
                          beside);
    return ESPBAK_E_FILE;
}

bool file_lock_is_of(const file_lock *lock, const char *path)
{
    const file_os_identity is = file_os_identify(lock->os.fd);
    file_os_identity there;
    return file_os_identify_path(path, &there) && there.device == is.device && there.number == is.number;
}

espbak_status file_lock_folder(file_lock **out, const char *path, espbak_error *err)
{
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    int error = file_os_lock_folder(path, &(*out)->os);
    /* Whoever had it has perhaps given it another name, and let it go just now. */
    if (error == 0 && !file_lock_is_of(*out, path)) {
        file_os_unlock_folder(&(*out)->os);
        (*out)->os.beside = NULL;
        error = EBUSY;
    }
    if (error == 0)
        return ESPBAK_OK;
    const espbak_status status =
        error == EBUSY ? tell_busy(path, (*out)->os.beside, err) : file_fail(err, "lock", path, error);
    free((*out)->os.beside);
    free(*out);
    *out = NULL;
    return status;
}

void file_unlock(file_lock *lock)
{
    if (lock == NULL)
        return;
    file_os_unlock_folder(&lock->os);
    free(lock);
}
