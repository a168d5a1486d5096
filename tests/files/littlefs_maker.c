/* SPDX-License-Identifier: Apache-2.0 */
#include <lfs.h>
#include <string.h>

#include "make_files.h"

enum { CACHE = 64, MODIFIED = 't' };

static lfs_t fs;

static int read_block(const struct lfs_config *config, lfs_block_t block, lfs_off_t offset, void *buffer,
                      lfs_size_t size)
{
    memcpy(buffer, image + (size_t)block * config->block_size + offset, size);
    return 0;
}

static int write_block(const struct lfs_config *config, lfs_block_t block, lfs_off_t offset, const void *buffer,
                       lfs_size_t size)
{
    memcpy(image + (size_t)block * config->block_size + offset, buffer, size);
    return 0;
}

static int erase_block(const struct lfs_config *config, lfs_block_t block)
{
    memset(image + (size_t)block * config->block_size, 0xFF, config->block_size);
    return 0;
}

static int sync_blocks(const struct lfs_config *config)
{
    (void)config;
    return 0;
}

static void must(int result, const char *what)
{
    check(result >= 0, result, what);
}

static void format(size_t block, size_t blocks, unsigned version)
{
    static struct lfs_config config = {
        .read = read_block,
        .prog = write_block,
        .erase = erase_block,
        .sync = sync_blocks,
        .read_size = 16,
        .prog_size = 16,
        .block_cycles = 100,
        .cache_size = CACHE,
        .lookahead_size = CACHE,
    };
    config.block_size = (lfs_size_t)block;
    config.block_count = (lfs_size_t)blocks;
    config.disk_version = version;
    make_image(block * blocks);
    must(lfs_format(&fs, &config), "format");
    must(lfs_mount(&fs, &config), "mount");
}

static void make_folder(const char *path)
{
    must(lfs_mkdir(&fs, path), path);
}

static void put(const char *path, const unsigned char *data, size_t size, bool append, unsigned long when)
{
    const unsigned char bytes[4] = {(unsigned char)when, (unsigned char)(when >> 8), (unsigned char)(when >> 16),
                                    (unsigned char)(when >> 24)};
    lfs_file_t f;
    must(lfs_file_open(&fs, &f, path, LFS_O_WRONLY | LFS_O_CREAT | (append ? LFS_O_APPEND : LFS_O_TRUNC)), path);
    must(lfs_file_write(&fs, &f, data, (lfs_size_t)size), path);
    must(lfs_file_close(&fs, &f), path);
    if (when != 0)
        must(lfs_setattr(&fs, path, MODIFIED, bytes, sizeof(bytes)), path);
}

static void set_attributes(const char *path, unsigned bits)
{
    check(false, (int)bits, path);
}

static void remove_file(const char *path)
{
    must(lfs_remove(&fs, path), path);
}

static void finish(void)
{
    must(lfs_unmount(&fs), "unmount");
}

const maker maker_littlefs = {format, make_folder, put, set_attributes, remove_file, finish};
