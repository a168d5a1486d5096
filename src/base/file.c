/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_os.h"
#include "base/file_parts.h"

struct file {
    int fd;
    char *path;      /* what messages name, and the final name of an atomic file */
    char *temporary; /* where an atomic file stands until its commit, else NULL */
    bool made;       /* created by us: discard may remove it */
    bool overwrite;
    uint64_t position; /* of file_read */
};

/* NULL when out of memory. */
static file *new_handle(const char *path)
{
    file *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return NULL;
    f->path = file_copy_text(path, strlen(path));
    if (f->path == NULL) {
        free(f);
        return NULL;
    }
    f->fd = -1;
    return f;
}

static void free_handle(file *f)
{
    free(f->path);
    free(f->temporary);
    free(f);
}

/* Hands out what was opened, or tells why it was not. */
static espbak_status finish_open(file **out, file *f, const char *verb, const char *path, int error, espbak_error *err)
{
    *out = f;
    if (f != NULL && error == 0)
        return ESPBAK_OK;
    *out = NULL;
    if (f != NULL)
        free_handle(f);
    file_fail(err, verb, path, f == NULL ? ENOMEM : error);
    return f == NULL ? ESPBAK_E_INTERNAL : ESPBAK_E_FILE;
}

espbak_status file_create(file **out, const char *path, espbak_error *err)
{
    file *f = new_handle(path);
    const int error = f == NULL ? ENOMEM : file_os_create(path, &f->fd);
    if (f != NULL)
        f->made = true;
    return finish_open(out, f, "create", path, error, err);
}

/* 0, or why nothing may be put under this name. Only a plain file is ever replaced, never a device or a link. */
static int check_target(const char *path, bool overwrite)
{
    const size_t length = strlen(path);
    if (length == 0)
        return ENOENT;
    if (file_os_is_separator(path[length - 1]))
        return EISDIR;
    switch (file_os_kind(path)) {
    case FILE_KIND_MISSING:
        return 0;
    case FILE_KIND_REGULAR:
        return overwrite ? 0 : EEXIST;
    case FILE_KIND_FOLDER:
        return EISDIR;
    default:
        return overwrite ? FILE_OS_NOT_PLAIN : EEXIST;
    }
}

/* The name says whose it is, in case a crash leaves it behind; O_EXCL makes it safe, not its secrecy. */
static int create_beside(file *f)
{
    enum { TRIES = 100 };
    const size_t capacity = strlen(f->path) + 64;
    f->temporary = malloc(capacity);
    if (f->temporary == NULL)
        return ENOMEM;
    int error = EEXIST;
    for (int i = 0; i < TRIES && error == EEXIST; i++) {
        snprintf(f->temporary, capacity, "%s.%lu-%d.tmp", f->path, file_os_process(), i);
        error = file_os_create(f->temporary, &f->fd);
    }
    return error;
}

espbak_status file_create_atomic(file **out, const char *path, bool overwrite, espbak_error *err)
{
    file *f = new_handle(path);
    int error = check_target(path, overwrite);
    if (f != NULL) {
        f->made = true;
        f->overwrite = overwrite;
    }
    if (f != NULL && error == 0)
        error = create_beside(f);
    return finish_open(out, f, "create", path, error, err);
}

espbak_status file_open(file **out, const char *path, espbak_error *err)
{
    file *f = new_handle(path);
    const int error = f == NULL ? ENOMEM : file_os_open(path, &f->fd);
    return finish_open(out, f, "open", path, error, err);
}

espbak_status file_open_change(file **out, const char *path, espbak_error *err)
{
    file *f = new_handle(path);
    const int error = f == NULL ? ENOMEM : file_os_open_change(path, &f->fd);
    return finish_open(out, f, "open", path, error, err);
}

file_identity file_identify(const file *f)
{
    const file_os_identity is = file_os_identify(f->fd);
    return (file_identity){is.device, is.number};
}

bool file_is_at(const char *path, const file_identity *identity)
{
    file_os_identity there;
    return file_os_identify_path(path, &there) && there.device == identity->device && there.number == identity->number;
}

bool file_has_other_names(const char *path)
{
    file_os_identity there;
    return file_os_identify_path(path, &there) && there.names > 1;
}

espbak_status file_write_at(file *f, uint64_t offset, const void *bytes, size_t size, espbak_error *err)
{
    const uint8_t *p = bytes;
    while (size > 0) {
        size_t put = 0;
        int error = file_os_write_at(f->fd, offset, p, size, &put);
        if (error == 0 && put == 0)
            error = ENOSPC;
        if (error != 0)
            return file_fail(err, "write", f->path, error);
        p += put;
        offset += put;
        size -= put;
    }
    return ESPBAK_OK;
}

espbak_status file_write(file *f, const void *bytes, size_t size, espbak_error *err)
{
    const uint8_t *p = bytes;
    while (size > 0) {
        size_t put = 0;
        int error = file_os_write(f->fd, p, size, &put);
        if (error == 0 && put == 0)
            error = ENOSPC; /* a full disk may answer a short count first */
        if (error != 0)
            return file_fail(err, "write", f->path, error);
        p += put;
        size -= put;
    }
    return ESPBAK_OK;
}

/* Read until `size` bytes are in or the file ends. */
static int read_fully(file *f, uint64_t offset, void *bytes, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        size_t n = 0;
        const int error = file_os_read_at(f->fd, offset + *got, (uint8_t *)bytes + *got, size - *got, &n);
        if (error != 0)
            return error;
        if (n == 0)
            break;
        *got += n;
    }
    return 0;
}

espbak_status file_read_at(file *f, uint64_t offset, void *bytes, size_t size, espbak_error *err)
{
    size_t got = 0;
    const int error = read_fully(f, offset, bytes, size, &got);
    if (error != 0)
        return file_fail(err, "read", f->path, error);
    if (got == size)
        return ESPBAK_OK;
    const uint64_t end = offset + got;
    espbak_fail(err, ESPBAK_E_FILE, "%s ends at byte %llu, but %zu bytes were expected from byte %llu", f->path,
                (unsigned long long)end, size, (unsigned long long)offset);
    espbak_error_hint(err, "%s was cut short: take it from where it was made once more", f->path);
    return ESPBAK_E_FILE;
}

espbak_status file_read(file *f, void *bytes, size_t capacity, size_t *got, espbak_error *err)
{
    const int error = read_fully(f, f->position, bytes, capacity, got);
    if (error != 0)
        return file_fail(err, "read", f->path, error);
    f->position += *got;
    return ESPBAK_OK;
}

espbak_status file_size(file *f, uint64_t *size, espbak_error *err)
{
    *size = 0;
    const int error = file_os_size(f->fd, size);
    return error == 0 ? ESPBAK_OK : file_fail(err, "read the size of", f->path, error);
}

uint64_t file_share(file *from, uint64_t from_offset, file *to, uint64_t to_offset, uint64_t size)
{
    uint64_t done = 0, part = 1;
    while (done < size && part > 0) {
        if (file_os_share(from->fd, from_offset + done, to->fd, to_offset + done, size - done, &part) != 0)
            break;
        done += part;
    }
    return done;
}

espbak_status file_sync(file *f, espbak_error *err)
{
    const int error = file_os_sync(f->fd);
    return error == 0 ? ESPBAK_OK : file_fail(err, "write", f->path, error);
}

static int give_name(file *f)
{
    int error = check_target(f->path, f->overwrite);
    if (error == 0)
        error = file_os_rename(f->temporary, f->path, f->overwrite);
    if (error != 0) {
        file_os_remove(f->temporary);
        return error;
    }
    return file_sync_folder_of(f->path);
}

espbak_status file_commit(file *f, espbak_error *err)
{
    int error = file_os_sync(f->fd);
    const int close_error = file_os_close(f->fd);
    if (error == 0)
        error = close_error;
    if (error != 0 && f->temporary != NULL)
        file_os_remove(f->temporary);
    else if (f->temporary != NULL)
        error = give_name(f);
    espbak_status status = ESPBAK_OK;
    if (error != 0)
        status = file_fail(err, "finish", f->path, error);
    free_handle(f);
    return status;
}

void file_close(file *f, bool discard)
{
    if (f == NULL)
        return;
    file_os_close(f->fd);
    if (f->temporary != NULL)
        file_os_remove(f->temporary);
    else if (f->made && discard)
        file_os_remove(f->path);
    free_handle(f);
}

espbak_status file_end(file *f, espbak_status status, espbak_error *err)
{
    if (status == ESPBAK_OK)
        return file_commit(f, err);
    file_close(f, true);
    return status;
}

espbak_status file_load(const char *path, size_t limit, char **text, size_t *size, espbak_error *err)
{
    file *f = NULL;
    char *buffer = NULL;
    uint64_t length = 0;
    *text = NULL;
    *size = 0;
    espbak_status status = file_open(&f, path, err);
    if (status != ESPBAK_OK)
        return status;
    status = file_size(f, &length, err);
    if (status != ESPBAK_OK)
        goto out;
    if (length > limit) {
        status = espbak_fail(err, ESPBAK_E_FILE, "%s has %llu bytes, more than the %zu that make sense for it", path,
                             (unsigned long long)length, limit);
        espbak_error_hint(err, "check that %s is the file that was meant", path);
        goto out;
    }
    buffer = malloc((size_t)length + 1);
    if (buffer == NULL) {
        status = file_fail(err, "read", path, ENOMEM);
        goto out;
    }
    status = file_read_at(f, 0, buffer, (size_t)length, err);
    if (status != ESPBAK_OK)
        goto out;
    buffer[length] = '\0';
    *text = buffer;
    *size = (size_t)length;
    buffer = NULL;
out:
    free(buffer);
    file_close(f, false);
    return status;
}
