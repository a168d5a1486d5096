/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LittleFS by its official library, which trusts what it reads in places. So it gets the geometry from us, which is
 * never 0, caches so short that every step of a circle reads through the window, which ends it, and only paths that
 * were listed.
 */
#include <lfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/files/filesystem.h"
#include "image/files/littlefs_super.h"

enum {
    CACHE = 8,         /* shorter than the shortest commit */
    MODIFIED = 't',    /* the attribute in which ESP-IDF's port keeps the time */
    PIECE = 16 * 1024, /* of a file */
    PATH_SPARE = 2,
};

#define NO_BLOCK 0xFFFFFFFF /* as the library has it, where it knows of none */

typedef struct littlefs {
    lfs_t fs;
    struct lfs_config config;
    uint8_t read_cache[CACHE], write_cache[CACHE], file_cache[CACHE], lookahead[CACHE];
    uint8_t piece[PIECE];
} littlefs;

static int read_block(const struct lfs_config *config, lfs_block_t block, lfs_off_t offset, void *buffer,
                      lfs_size_t size)
{
    window *bytes = config->context;
    const uint64_t at = (uint64_t)block * config->block_size + offset;
    return window_read(bytes, at, buffer, size) ? LFS_ERR_OK : LFS_ERR_CORRUPT;
}

/*
 * The library walks all folders before it gives any, and gives up at the first damaged one. By then it knows the root,
 * and each folder can be looked into by itself.
 */
static bool mount(espbak_volume *volume, littlefs *own, const littlefs_super *super)
{
    own->config = (struct lfs_config){
        .context = &volume->bytes,
        .read = read_block,
        .read_size = CACHE,
        .prog_size = CACHE,
        .block_size = super->block_size,
        .block_count = super->block_count,
        .block_cycles = -1,
        .cache_size = CACHE,
        .lookahead_size = CACHE,
        .read_buffer = own->read_cache,
        .prog_buffer = own->write_cache,
        .lookahead_buffer = own->lookahead,
    };
    const int got = lfs_mount(&own->fs, &own->config);
    if (got != LFS_ERR_CORRUPT || own->fs.root[0] == NO_BLOCK)
        return got == LFS_ERR_OK;
    espbak_findings_add(volume->findings, ESPBAK_FINDING_DAMAGE,
                        "LittleFS: a folder of it is damaged, which the device would refuse; the others are listed");
    return true;
}

static void describe(espbak_volume *volume, const littlefs_super *super)
{
    espbak_volume_info *info = &volume->info;
    info->block_size = super->block_size;
    info->size = (uint64_t)super->block_size * super->block_count;
    snprintf(info->about, sizeof(info->about), "LittleFS %u.%u, %lu blocks of %lu bytes", super->version >> 16,
             super->version & 0xFFFF, (unsigned long)super->block_count, (unsigned long)super->block_size);
    if (info->size > volume->bytes.size)
        espbak_findings_add(volume->findings, ESPBAK_FINDING_DAMAGE,
                            "LittleFS: it was made for %llu bytes, and its partition has %llu",
                            (unsigned long long)info->size, (unsigned long long)volume->bytes.size);
}

static espbak_status open_littlefs(espbak_volume *volume, bool *found, espbak_error *err)
{
    littlefs_super supers[LITTLEFS_SUPERS_MAX];
    const size_t count = littlefs_super_find(&volume->bytes, supers);
    *found = false;
    if (count == 0)
        return ESPBAK_OK;
    littlefs *own = calloc(1, sizeof(*own));
    if (own == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    /* One that has grown has more than one size in its log. */
    for (size_t i = 0; i < count && !*found; i++) {
        *found = mount(volume, own, &supers[i]);
        if (*found)
            describe(volume, &supers[i]);
    }
    if (*found) {
        volume->state = own;
        return ESPBAK_OK;
    }
    free(own);
    espbak_findings_add(volume->findings, ESPBAK_FINDING_DAMAGE,
                        "LittleFS: its superblock is there, and what it leads to is damaged");
    return ESPBAK_OK;
}

static void note_time(littlefs *own, const char *path, espbak_file *entry)
{
    uint8_t bytes[8] = {0};
    const lfs_ssize_t size = lfs_getattr(&own->fs, path, MODIFIED, bytes, sizeof(bytes));
    /* As wide as time_t was. */
    entry->dated = size == 4 || size == 8;
    if (entry->dated)
        entry->modified = (int64_t)(bytes_get_le32(bytes) | (uint64_t)bytes_get_le32(bytes + 4) << 32);
}

static espbak_status add_entry(espbak_volume *volume, const char *folder, const struct lfs_info *info,
                               espbak_file_list *out, espbak_error *err)
{
    char path[ESPBAK_FILE_PATH_MAX + LFS_NAME_MAX + PATH_SPARE];
    espbak_file entry = {.folder = info->type == LFS_TYPE_DIR, .size = info->size};
    snprintf(path, sizeof(path), "%s/%s", folder, info->name);
    if (!filesystem_name_ok(info->name)) {
        filesystem_note(volume, ESPBAK_FINDING_DAMAGE, path, "has a name that no file can have");
        return ESPBAK_OK;
    }
    note_time(volume->state, path, &entry);
    return file_list_add(out, folder, info->name, &entry, err);
}

static espbak_status list_littlefs(espbak_volume *volume, const espbak_file *folder, espbak_file_list *out,
                                   espbak_error *err)
{
    littlefs *own = volume->state;
    lfs_dir_t dir;
    struct lfs_info info;
    const char *path = folder->path[0] == '\0' ? "/" : folder->path;
    int got = lfs_dir_open(&own->fs, &dir, path);
    if (got < 0) {
        filesystem_note(volume, ESPBAK_FINDING_DAMAGE, path, "cannot be listed: its blocks are damaged");
        return ESPBAK_OK;
    }
    espbak_status status = ESPBAK_OK;
    while (status == ESPBAK_OK && (got = lfs_dir_read(&own->fs, &dir, &info)) > 0) {
        /* The library takes as many bytes of a name as there are. */
        info.name[LFS_NAME_MAX] = '\0';
        if (strcmp(info.name, ".") != 0 && strcmp(info.name, "..") != 0)
            status = add_entry(volume, folder->path, &info, out, err);
        if (out->left_out > 0)
            break;
    }
    lfs_dir_close(&own->fs, &dir);
    if (got < 0)
        filesystem_note(volume, ESPBAK_FINDING_DAMAGE, path, "is not listed whole: its blocks are damaged");
    return status;
}

/* Where the next block has its bytes is known when the first one was read. */
static lfs_size_t size_of_piece(const littlefs *own, const lfs_file_t *f, uint64_t left)
{
    const lfs_size_t size = (lfs_size_t)bytes_min64(left, PIECE);
    if ((f->flags & LFS_F_INLINE) != 0)
        return size;
    if ((f->flags & LFS_F_READING) == 0 || f->off == own->config.block_size)
        return 1;
    return (lfs_size_t)bytes_min64(size, own->config.block_size - f->off);
}

static void note_place(espbak_volume *volume, const littlefs *own, const lfs_file_t *f, lfs_size_t size)
{
    volume->placed = (f->flags & LFS_F_INLINE) == 0;
    volume->place = (uint64_t)f->block * own->config.block_size + f->off - size;
    volume->slack = own->config.block_size - f->off;
}

static espbak_status read_pieces(espbak_volume *volume, const espbak_file *entry, lfs_file_t *f, espbak_file_sink sink,
                                 void *user, espbak_error *err)
{
    littlefs *own = volume->state;
    for (uint64_t left = entry->size; left > 0;) {
        const lfs_size_t size = size_of_piece(own, f, left);
        if (lfs_file_read(&own->fs, f, own->piece, size) != (lfs_ssize_t)size)
            return filesystem_fail(volume, entry, "a block of it is damaged", err);
        note_place(volume, own, f, size);
        if (sink(user, own->piece, size, err) != ESPBAK_OK)
            return err->status;
        left -= size;
    }
    return ESPBAK_OK;
}

static espbak_status read_littlefs(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                                   espbak_error *err)
{
    littlefs *own = volume->state;
    lfs_file_t f;
    const struct lfs_file_config config = {.buffer = own->file_cache};
    if (lfs_file_opencfg(&own->fs, &f, entry->path, LFS_O_RDONLY, &config) < 0)
        return filesystem_fail(volume, entry, "its entry is damaged", err);
    const espbak_status status = read_pieces(volume, entry, &f, sink, user, err);
    (void)lfs_file_close(&own->fs, &f);
    return status;
}

static void close_littlefs(espbak_volume *volume)
{
    littlefs *own = volume->state;
    (void)lfs_unmount(&own->fs);
    free(own);
}

const filesystem filesystem_littlefs = {
    .open = open_littlefs,
    .list = list_littlefs,
    .read = read_littlefs,
    .close = close_littlefs,
};
