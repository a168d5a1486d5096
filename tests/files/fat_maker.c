/* SPDX-License-Identifier: Apache-2.0 */
#include <ff.h>

#include <diskio.h>
#include <stdlib.h>
#include <string.h>

#include "make_files.h"

static FATFS fs;
static size_t sector_size;
static DWORD now; /* as FAT has it */

DSTATUS disk_initialize(BYTE drive)
{
    (void)drive;
    return 0;
}

DSTATUS disk_status(BYTE drive)
{
    (void)drive;
    return 0;
}

DRESULT disk_read(BYTE drive, BYTE *buffer, LBA_t sector, UINT count)
{
    (void)drive;
    memcpy(buffer, image + sector * sector_size, count * sector_size);
    return RES_OK;
}

DRESULT disk_write(BYTE drive, const BYTE *buffer, LBA_t sector, UINT count)
{
    (void)drive;
    memcpy(image + sector * sector_size, buffer, count * sector_size);
    return RES_OK;
}

DRESULT disk_ioctl(BYTE drive, BYTE command, void *buffer)
{
    (void)drive;
    if (command == GET_SECTOR_COUNT)
        *(LBA_t *)buffer = (LBA_t)(image_size / sector_size);
    else if (command == GET_SECTOR_SIZE)
        *(WORD *)buffer = (WORD)sector_size;
    else if (command == GET_BLOCK_SIZE)
        *(DWORD *)buffer = 1;
    return RES_OK;
}

DWORD get_fattime(void)
{
    return now;
}

static void must(FRESULT result, const char *what)
{
    check(result == FR_OK, (int)result, what);
}

static void format(size_t sector, size_t sectors, unsigned kind)
{
    static BYTE work[8192];
    const MKFS_PARM how = {
        .fmt = (BYTE)((kind == 2 ? FM_FAT32 : FM_FAT) | FM_SFD), .n_fat = 2, .au_size = (DWORD)sector};
    sector_size = sector;
    make_image(sector * sectors);
    must(f_mkfs("", &how, work, sizeof(work)), "format");
    must(f_mount(&fs, "", 1), "mount");
}

static void make_folder(const char *path)
{
    must(f_mkdir(path), path);
}

static void put(const char *path, const unsigned char *data, size_t size, bool append, unsigned long when)
{
    FIL f;
    UINT done = 0;
    now = (DWORD)when;
    must(f_open(&f, path, FA_WRITE | (append ? FA_OPEN_APPEND : FA_CREATE_ALWAYS)), path);
    must(f_write(&f, data, (UINT)size, &done), path);
    check(done == size, 0, path);
    must(f_close(&f), path);
}

static void set_attributes(const char *path, unsigned bits)
{
    must(f_chmod(path, (BYTE)bits, AM_RDO | AM_HID | AM_SYS | AM_ARC), path);
}

static void remove_file(const char *path)
{
    must(f_unlink(path), path);
}

static void finish(void)
{
    must(f_unmount(""), "unmount");
}

const maker maker_fat = {format, make_folder, put, set_attributes, remove_file, finish};
