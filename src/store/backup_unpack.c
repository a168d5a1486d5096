/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "espbak/backup.h"
#include "store/backup_internal.h"
#include "store/manifest/manifest_check.h"
#include "store/sums.h"
#include "store/tar_header.h"

enum { PATH_PARTS = TAR_PREFIX + 1 + TAR_NAME + 1 };

typedef struct unpacking {
    const char *folder;
    char *path; /* of the backup, once its name is known */
    char name[PATH_PARTS];
    espbak_pack_source source;
    void *user;
    uint64_t at, size;
    bool complete; /* a manifest has come */
} unpacking;

/* What one header says. */
typedef struct member {
    char folder[PATH_PARTS], file[PATH_PARTS];
    uint64_t size;
    char type;
} member;

static espbak_status fail(espbak_error *err, const char *why)
{
    return espbak_fail(err, ESPBAK_E_FILE, "this is no backup packed by tar: %s", why);
}

bool espbak_backup_is_packed(const uint8_t head[TAR_BLOCK])
{
    return memcmp(head + TAR_AT_MAGIC, "ustar", 5) == 0;
}

static bool get_octal(const uint8_t *at, size_t size, uint64_t *value)
{
    size_t i = 0;
    *value = 0;
    while (i < size && at[i] == ' ')
        i++;
    for (; i < size && at[i] >= '0' && at[i] <= '7'; i++)
        *value = *value * 8 + (uint64_t)(at[i] - '0');
    return i == size || at[i] == '\0' || at[i] == ' ';
}

/* Append what is no zero. */
static void copy_field(char *out, const uint8_t *at, size_t size)
{
    size_t used = strlen(out);
    for (size_t i = 0; i < size && at[i] != '\0'; i++)
        out[used++] = (char)at[i];
    out[used] = '\0';
}

/* The last two parts of a path: "./backups/NAME/flash.bin" is NAME and flash.bin. */
static void split(member *m, char *path)
{
    char *const slash = strrchr(path, '/');
    snprintf(m->file, sizeof(m->file), "%s", slash != NULL ? slash + 1 : path);
    m->folder[0] = '\0';
    if (slash == NULL)
        return;
    *slash = '\0';
    const char *const parent = strrchr(path, '/');
    snprintf(m->folder, sizeof(m->folder), "%s", parent != NULL ? parent + 1 : path);
}

static espbak_status parse(const uint8_t block[TAR_BLOCK], member *m, espbak_error *err)
{
    char path[PATH_PARTS] = "";
    uint64_t sum = 0;
    if (!get_octal(block + TAR_AT_SUM, 8, &sum) || sum != tar_header_sum(block) ||
        !get_octal(block + TAR_AT_SIZE, 12, &m->size))
        return fail(err, "one of its headers is damaged");
    copy_field(path, block + TAR_AT_PREFIX, TAR_PREFIX);
    if (path[0] != '\0')
        copy_field(path, (const uint8_t *)"/", 1);
    copy_field(path, block + TAR_AT_NAME, TAR_NAME);
    m->type = (char)block[TAR_AT_TYPE];
    split(m, path);
    return ESPBAK_OK;
}

static bool may_be_named(const char *name)
{
    return strcmp(name, manifest_file_name) == 0 || strcmp(name, sums_file_name) == 0 || manifest_file_name_ok(name);
}

/* All files are in one folder, which gives the backup its name. */
static espbak_status enter_folder(unpacking *u, const member *m, espbak_error *err)
{
    bool existed = false;
    if (u->path != NULL)
        return strcmp(u->name, m->folder) == 0 ? ESPBAK_OK : fail(err, "it has files of several folders");
    if (!manifest_folder_name_ok(m->folder))
        return fail(err, "its files are in no folder, or in one that no backup can be called by");
    snprintf(u->name, sizeof(u->name), "%s", m->folder);
    u->path = file_join(u->folder, u->name);
    if (u->path == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    return file_make_folder(u->path, &existed, err);
}

static espbak_status copy(unpacking *u, file *out, uint64_t size, espbak_error *err)
{
    uint8_t buffer[BACKUP_BUFFER_SIZE];
    for (uint64_t done = 0; done < size;) {
        const size_t part = (size_t)bytes_min64(sizeof(buffer), size - done);
        if (u->source(u->user, u->at + done, buffer, part, err) != ESPBAK_OK ||
            file_write(out, buffer, part, err) != ESPBAK_OK)
            return err->status;
        done += part;
    }
    return ESPBAK_OK;
}

static espbak_status take_file(unpacking *u, const member *m, espbak_error *err)
{
    file *out = NULL;
    if (enter_folder(u, m, err) != ESPBAK_OK)
        return err->status;
    if (!may_be_named(m->file))
        return fail(err, "it holds a file that no backup has");
    char *const path = file_join(u->path, m->file);
    espbak_status status =
        path != NULL ? file_create(&out, path, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = copy(u, out, m->size, err);
    status = file_end(out, status, err);
    u->complete = u->complete || (status == ESPBAK_OK && strcmp(m->file, manifest_file_name) == 0);
    free(path);
    return status;
}

/* Folders, and what other programs note beside a file (names, times), are passed over. */
static espbak_status take(unpacking *u, const member *m, espbak_error *err)
{
    static const char passed[] = "5xgLK";
    if (!bytes_range_within(u->at, m->size, u->size))
        return fail(err, "it ends in the middle of a file");
    if (m->type == TAR_FILE || m->type == '\0')
        return take_file(u, m, err);
    return strchr(passed, m->type) != NULL ? ESPBAK_OK : fail(err, "it holds a link or a device");
}

static espbak_status take_all(unpacking *u, espbak_error *err)
{
    uint8_t block[TAR_BLOCK];
    while (bytes_range_within(u->at, TAR_BLOCK, u->size)) {
        member m = {.size = 0};
        if (u->source(u->user, u->at, block, sizeof(block), err) != ESPBAK_OK)
            return err->status;
        u->at += TAR_BLOCK;
        if (bytes_are_all(block, sizeof(block), 0))
            break;
        if (parse(block, &m, err) != ESPBAK_OK || take(u, &m, err) != ESPBAK_OK)
            return err->status;
        u->at += (m.size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    }
    return u->complete ? ESPBAK_OK : fail(err, "it has no manifest");
}

espbak_status espbak_backup_unpack(const char *folder, uint64_t size, espbak_pack_source source, void *user,
                                   char **path, espbak_error *err)
{
    unpacking u = {.folder = folder, .source = source, .user = user, .size = size};
    const espbak_status status = take_all(&u, err);
    *path = status == ESPBAK_OK ? u.path : NULL;
    if (status != ESPBAK_OK)
        free(u.path);
    return status;
}
