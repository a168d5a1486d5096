/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_FAT_LIBRARY_H
#define IMAGE_FAT_LIBRARY_H

/* FatFs by ChaN, and what it keeps for itself: one such struct a volume. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ff.h>

typedef struct fat_library {
    FATFS fs;
    FATFS *mounted[FF_VOLUMES];
    WORD mounts, code_page;
    const BYTE *upper, *pairs; /* of the code page */
    /* Whole sectors; false where they cannot be had. */
    bool (*read)(void *ctx, uint64_t sector, uint8_t *buffer, size_t sectors);
    void *ctx;
    unsigned sector_size;
} fat_library;

/* Calls of FatFs mean this volume from now on, in this thread; NULL: none. */
void fat_library_use(fat_library *library);

/*
 * By the first cluster, where FatFs takes paths: a name that was listed need not be one that it finds again. Cluster 0
 * is the root. These are for the volume that is used.
 */
FRESULT fat_library_open_folder(fat_library *library, DIR *dir, uint32_t cluster);
/* The next entry; info->fname is empty behind the last. */
FRESULT fat_library_next(fat_library *library, DIR *dir, FILINFO *info, uint32_t *cluster);
void fat_library_open_file(fat_library *library, FIL *f, uint32_t cluster, uint32_t size);

#endif
