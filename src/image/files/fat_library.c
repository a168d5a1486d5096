/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FatFs keeps a few variables for all volumes. Here each of these names becomes an expression that means a member of
 * the volume that is used in this thread: the library has no state of its own, and several threads may use it.
 */
#include "image/files/fat_library.h"

#define FatFs    (*fat_mounted())
#define Fsid     (*fat_mounts())
#define CodePage (*fat_code_page())
#define ExCvt    (*fat_upper())
#define DbcTbl   (*fat_pairs())
#include <ff.c> /* NOLINT(bugprone-suspicious-include): it is the library, with these names */

static _Thread_local fat_library *used;

void fat_library_use(fat_library *library)
{
    used = library;
}

static FATFS *(*fat_mounted())[FF_VOLUMES]
{
    return &used->mounted;
}

static WORD *fat_mounts()
{
    return &used->mounts;
}

static WORD *fat_code_page()
{
    return &used->code_page;
}

static const BYTE **fat_upper()
{
    return &used->upper;
}

static const BYTE **fat_pairs()
{
    return &used->pairs;
}

DSTATUS disk_initialize(BYTE drive)
{
    return disk_status(drive);
}

DSTATUS disk_status(BYTE drive)
{
    (void)drive;
    return STA_PROTECT;
}

DRESULT disk_read(BYTE drive, BYTE *buffer, LBA_t sector, UINT count)
{
    (void)drive;
    return used->read(used->ctx, sector, buffer, count) ? RES_OK : RES_ERROR;
}

DRESULT disk_ioctl(BYTE drive, BYTE command, void *buffer)
{
    (void)drive;
    if (command != GET_SECTOR_SIZE)
        return RES_PARERR;
    *(WORD *)buffer = (WORD)used->sector_size;
    return RES_OK;
}

FRESULT fat_library_open_folder(fat_library *library, DIR *dir, uint32_t cluster)
{
    *dir = (DIR){.obj = {.fs = &library->fs, .id = library->fs.id, .sclust = cluster}};
    return dir_sdi(dir, 0);
}

/* As f_readdir, which is at the entry behind before anybody could look. */
FRESULT fat_library_next(fat_library *library, DIR *dir, FILINFO *info, uint32_t *cluster)
{
    WCHAR letters[FF_MAX_LFN + 1];
    FRESULT got;
    info->fname[0] = 0;
    library->fs.lfnbuf = letters;
    got = DIR_READ_FILE(dir);
    if (got == FR_OK) {
        get_fileinfo(dir, info);
        *cluster = ld_clust(&library->fs, dir->dir);
        got = dir_next(dir, 0);
    }
    library->fs.lfnbuf = NULL;
    return got == FR_NO_FILE ? FR_OK : got;
}

void fat_library_open_file(fat_library *library, FIL *f, uint32_t cluster, uint32_t size)
{
    *f = (FIL){.obj = {.fs = &library->fs, .id = library->fs.id, .sclust = cluster, .objsize = size}, .flag = FA_READ};
}
