/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes images of file systems with the code that devices have, built to write:
 *
 *     make_files littlefs BLOCK BLOCKS VERSION IMAGE < rows
 *
 * Rows are "folder PATH", "file SIZE SEED TIME PATH" (a TIME of 0 is none), "remove PATH" and "append SIZE SEED PATH".
 * Contents are numbers from a seed, as images.py has them too.
 */
#include <lfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENTS_MAX = 1 << 20, LINE_MAX_SIZE = 1024, CACHE = 64, MODIFIED = 't' };

static unsigned char *image;
static size_t image_size;

static void check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "make_files: %s: error %d\n", what, result);
        exit(1);
    }
}

static void fill(unsigned char *out, size_t size, unsigned long seed)
{
    unsigned state = (unsigned)seed;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (unsigned char)(state >> 24);
    }
}

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

static void put(lfs_t *fs, const char *path, int flags, size_t size, unsigned long seed)
{
    static unsigned char contents[CONTENTS_MAX];
    lfs_file_t f;
    fill(contents, size, seed);
    check(lfs_file_open(fs, &f, path, flags), path);
    check(lfs_file_write(fs, &f, contents, (lfs_size_t)size), path);
    check(lfs_file_close(fs, &f), path);
}

static void take_row(lfs_t *fs, const char *line)
{
    char path[LINE_MAX_SIZE];
    unsigned long size, seed, when;
    if (sscanf(line, "folder %1023[^\n]", path) == 1) {
        check(lfs_mkdir(fs, path), path);
    } else if (sscanf(line, "remove %1023[^\n]", path) == 1) {
        check(lfs_remove(fs, path), path);
    } else if (sscanf(line, "append %lu %lu %1023[^\n]", &size, &seed, path) == 3) {
        put(fs, path, LFS_O_WRONLY | LFS_O_APPEND, size, seed);
    } else if (sscanf(line, "file %lu %lu %lu %1023[^\n]", &size, &seed, &when, path) == 4) {
        const unsigned char bytes[4] = {(unsigned char)when, (unsigned char)(when >> 8), (unsigned char)(when >> 16),
                                        (unsigned char)(when >> 24)};
        put(fs, path, LFS_O_WRONLY | LFS_O_CREAT | LFS_O_TRUNC, size, seed);
        if (when != 0)
            check(lfs_setattr(fs, path, MODIFIED, bytes, sizeof(bytes)), path);
    } else {
        fprintf(stderr, "make_files: not a row: %s\n", line);
        exit(1);
    }
}

static void make_littlefs(size_t block_size, size_t blocks, unsigned version)
{
    char line[LINE_MAX_SIZE];
    lfs_t fs;
    const struct lfs_config config = {
        .read = read_block,
        .prog = write_block,
        .erase = erase_block,
        .sync = sync_blocks,
        .read_size = 16,
        .prog_size = 16,
        .block_size = (lfs_size_t)block_size,
        .block_count = (lfs_size_t)blocks,
        .block_cycles = 100,
        .cache_size = CACHE,
        .lookahead_size = CACHE,
        .disk_version = version,
    };
    image_size = block_size * blocks;
    image = malloc(image_size);
    if (image == NULL)
        exit(1);
    memset(image, 0xFF, image_size);
    check(lfs_format(&fs, &config), "format");
    check(lfs_mount(&fs, &config), "mount");
    while (fgets(line, sizeof(line), stdin) != NULL)
        take_row(&fs, line);
    check(lfs_unmount(&fs), "unmount");
}

int main(int argc, char **argv)
{
    if (argc != 6 || strcmp(argv[1], "littlefs") != 0)
        return 2;
    make_littlefs(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), (unsigned)strtoul(argv[4], NULL, 0));
    FILE *out = fopen(argv[5], "wb");
    const int made = out != NULL && fwrite(image, 1, image_size, out) == image_size && fclose(out) == 0;
    free(image);
    return made ? 0 : 1;
}
