/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/utc.h"
#include "espbak/backup.h"
#include "store/backup_internal.h"
#include "store/sums.h"
#include "store/tar_header.h"

typedef struct packing {
    const char *folder, *name; /* the last part of the path */
    int64_t time;
    espbak_pack_sink sink;
    void *user;
} packing;

/* Of the folder where `member` is empty: its name ends with a slash. */
static espbak_status put_header(const packing *p, const char *member, uint64_t size, espbak_error *err)
{
    uint8_t block[TAR_BLOCK];
    const bool folder = member[0] == '\0';
    char whole[TAR_PREFIX + 2];
    if (strlen(p->name) > TAR_PREFIX || strlen(member) > TAR_NAME || (folder && strlen(p->name) >= TAR_NAME))
        return espbak_fail(err, ESPBAK_E_FILE, "the name %s is too long for a tar file", p->name);
    snprintf(whole, sizeof(whole), "%s/", p->name);
    tar_header_make(block, &(tar_member){.prefix = folder ? "" : p->name,
                                         .name = folder ? whole : member,
                                         .mode = folder ? 0700 : 0600,
                                         .size = size,
                                         .time = (uint64_t)p->time,
                                         .type = folder ? TAR_FOLDER : TAR_FILE});
    return p->sink(p->user, block, sizeof(block), err);
}

static espbak_status put_contents(const packing *p, file *f, uint64_t size, espbak_error *err)
{
    uint8_t buffer[TAR_BLOCK * 32];
    for (uint64_t at = 0; at < size;) {
        const size_t part = (size_t)bytes_min64(sizeof(buffer), size - at);
        const size_t whole = (part + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
        memset(buffer + part, 0, whole - part);
        if (file_read_at(f, at, buffer, part, err) != ESPBAK_OK || p->sink(p->user, buffer, whole, err) != ESPBAK_OK)
            return err->status;
        at += part;
    }
    return ESPBAK_OK;
}

static espbak_status put_file(const packing *p, const char *name, espbak_error *err)
{
    char *const path = file_join(p->folder, name);
    file *f = NULL;
    uint64_t size = 0;
    espbak_status status =
        path != NULL ? file_open(&f, path, err) : espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    if (status == ESPBAK_OK)
        status = file_size(f, &size, err);
    if (status == ESPBAK_OK)
        status = put_header(p, name, size, err);
    if (status == ESPBAK_OK)
        status = put_contents(p, f, size, err);
    file_close(f, false);
    free(path);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static espbak_status put_all(const packing *p, const espbak_manifest *manifest, espbak_error *err)
{
    static const uint8_t end[2 * TAR_BLOCK] = {0};
    size_t count = 0;
    const char **const names = calloc(manifest->region_count + 2, sizeof(*names));
    if (names == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    for (size_t i = 0; i < manifest->region_count; i++)
        names[count++] = manifest->regions[i].file;
    names[count++] = manifest_file_name;
    names[count++] = sums_file_name;
    qsort((void *)names, count, sizeof(*names), by_name);
    espbak_status status = put_header(p, "", 0, err);
    for (size_t i = 0; i < count && status == ESPBAK_OK; i++)
        status = put_file(p, names[i], err);
    free((void *)names);
    return status == ESPBAK_OK ? p->sink(p->user, end, sizeof(end), err) : status;
}

espbak_status espbak_backup_pack(const char *path, espbak_pack_sink sink, void *user, espbak_error *err)
{
    packing p = {.sink = sink, .user = user};
    espbak_backup *backup = NULL;
    if (espbak_backup_open(&backup, path, err) != ESPBAK_OK)
        return err->status;
    p.folder = espbak_backup_path(backup);
    p.name = file_name_of(p.folder);
    if (!utc_parse(espbak_backup_manifest(backup)->created, &p.time))
        p.time = 0;
    const espbak_status status = put_all(&p, espbak_backup_manifest(backup), err);
    espbak_backup_close(backup);
    return status;
}
