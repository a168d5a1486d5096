/* SPDX-License-Identifier: Apache-2.0 */
/* FAT by FatFs, with ESP-IDF's wear levelling below it. FAT's own figures: Microsoft, "FAT: General Overview". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utc.h"
#include "image/files/fat_library.h"
#include "image/files/filesystem.h"
#include "image/files/wear.h"

enum { PIECE = 16 * 1024 };

typedef struct fat {
    fat_library library;
    window *bytes;
    wear layer;
    FIL f;
    uint8_t piece[PIECE];
} fat;

static bool read_sectors(void *ctx, uint64_t sector, uint8_t *buffer, size_t count)
{
    fat *own = ctx;
    const unsigned size = own->library.sector_size;
    return wear_read(&own->layer, own->bytes, sector * size, buffer, count * size);
}

/* What FatFs cannot find out: how large the sectors are. */
static bool find_sector_size(fat *own)
{
    enum { HEAD = 512, SIZE_AT = 11, SIGNATURE_AT = 510, SIGNATURE = 0xAA55 };
    uint8_t head[HEAD];
    if (!wear_read(&own->layer, own->bytes, 0, head, HEAD) || bytes_get_le16(head + SIGNATURE_AT) != SIGNATURE)
        return false;
    const unsigned size = bytes_get_le16(head + SIZE_AT);
    own->library.sector_size = size;
    return size == 512 || size == 1024 || size == 2048 || size == 4096;
}

static bool mount(fat *own, wear layer)
{
    own->layer = layer;
    return find_sector_size(own) && f_mount(&own->library.fs, "", 1) == FR_OK;
}

/* Before the first call of FatFs, and after the last. */
static fat *use(const espbak_volume *volume)
{
    fat *own = volume->state;
    fat_library_use(&own->library);
    return own;
}

static bool find_layer(espbak_volume *volume, fat *own)
{
    bool damaged = false;
    const wear layer = wear_find(own->bytes, &damaged), plain = {.size = own->bytes->size};
    if (mount(own, layer) || (layer.levelled && mount(own, plain)))
        return true;
    if (layer.levelled || !mount(own, wear_assume(own->bytes)))
        return false;
    espbak_findings_add(volume->findings, damaged ? ESPBAK_FINDING_DAMAGE : ESPBAK_FINDING_WARNING,
                        "FAT: the state of its wear levelling is %s; files are read as if nothing had moved",
                        damaged ? "damaged" : "not there");
    return true;
}

static void describe(espbak_volume *volume, const fat *own)
{
    static const char *const kinds[] = {"FAT", "FAT12", "FAT16", "FAT32"}; /* as FatFs numbers them */
    const FATFS *fs = &own->library.fs;
    espbak_volume_info *info = &volume->info;
    info->block_size = fs->csize * own->library.sector_size;
    info->size = (uint64_t)(fs->n_fatent - 2) * info->block_size;
    snprintf(info->about, sizeof(info->about), "%s, sectors of %u bytes, %s", kinds[fs->fs_type & 3],
             own->library.sector_size, own->layer.levelled ? "wear levelling" : "no wear levelling");
}

static espbak_status open_fat(espbak_volume *volume, bool *found, espbak_error *err)
{
    fat *own = calloc(1, sizeof(*own));
    *found = false;
    if (own == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    own->bytes = &volume->bytes;
    own->library.read = read_sectors;
    own->library.ctx = own;
    fat_library_use(&own->library);
    (void)f_setcp((WORD)volume->code_page);
    *found = find_layer(volume, own);
    fat_library_use(NULL);
    if (*found) {
        describe(volume, own);
        volume->state = own;
    } else {
        free(own);
    }
    return ESPBAK_OK;
}

static espbak_status add_entry(const espbak_volume *volume, const char *folder, const FILINFO *info, uint32_t cluster,
                               espbak_file_list *out, espbak_error *err)
{
    enum { FIRST_YEAR = 1980 };
    const espbak_file entry = {
        .folder = (info->fattrib & AM_DIR) != 0,
        .place = cluster,
        .size = (info->fattrib & AM_DIR) != 0 ? 0 : info->fsize,
        .attributes = ((info->fattrib & AM_RDO) != 0 ? ESPBAK_FILE_READ_ONLY : 0U) |
                      ((info->fattrib & AM_HID) != 0 ? ESPBAK_FILE_HIDDEN : 0U) |
                      ((info->fattrib & AM_SYS) != 0 ? ESPBAK_FILE_SYSTEM : 0U) |
                      ((info->fattrib & AM_ARC) != 0 ? ESPBAK_FILE_ARCHIVE : 0U),
        .dated = (info->fdate >> 5 & 15) != 0 && (info->fdate & 31) != 0,
        .modified = utc_seconds(FIRST_YEAR + (info->fdate >> 9), info->fdate >> 5 & 15, info->fdate & 31) +
                    (info->ftime >> 11) * 3600 + (info->ftime >> 5 & 63) * 60 + (info->ftime & 31) * 2,
    };
    if (!filesystem_name_ok(info->fname)) {
        filesystem_note(volume, ESPBAK_FINDING_DAMAGE, info->fname, "is a name that no file can have");
        return ESPBAK_OK;
    }
    return file_list_add(out, folder, info->fname, &entry, err);
}

static espbak_status list_entries(espbak_volume *volume, const char *folder, DIR *dir, espbak_file_list *out,
                                  espbak_error *err)
{
    fat *own = volume->state;
    uint32_t cluster = 0;
    FILINFO info;
    FRESULT got;
    while ((got = fat_library_next(&own->library, dir, &info, &cluster)) == FR_OK && info.fname[0] != '\0' &&
           out->left_out == 0) {
        if (add_entry(volume, folder, &info, cluster, out, err) != ESPBAK_OK)
            return err->status;
    }
    if (got != FR_OK)
        filesystem_note(volume, ESPBAK_FINDING_DAMAGE, folder[0] == '\0' ? "/" : folder,
                        "is not listed whole: its sectors are damaged");
    return ESPBAK_OK;
}

static espbak_status list_fat(espbak_volume *volume, const espbak_file *folder, espbak_file_list *out,
                              espbak_error *err)
{
    DIR dir;
    espbak_status status = ESPBAK_OK;
    fat *own = use(volume);
    const bool root = folder->path[0] == '\0';
    if ((root || folder->place != 0) && fat_library_open_folder(&own->library, &dir, (uint32_t)folder->place) == FR_OK)
        status = list_entries(volume, folder->path, &dir, out, err);
    else
        filesystem_note(volume, ESPBAK_FINDING_DAMAGE, root ? "/" : folder->path,
                        "cannot be listed: its sectors are damaged");
    fat_library_use(NULL);
    return status;
}

/* Up to where they lie together: in one cluster, and behind wear levelling in one of its sectors. */
static UINT size_of_piece(const fat *own, uint64_t left)
{
    const uint64_t cluster = (uint64_t)own->library.fs.csize * own->library.sector_size;
    const uint64_t together = own->layer.restored ? WEAR_SECTOR : own->layer.levelled ? WEAR_PAGE : cluster;
    const uint64_t size = bytes_min64(bytes_min64(left, PIECE), cluster - own->f.fptr % cluster);
    return (UINT)bytes_min64(size, together - own->f.fptr % together);
}

static void note_place(espbak_volume *volume, const fat *own, UINT size)
{
    const FATFS *fs = &own->library.fs;
    const uint64_t sector = own->library.sector_size, cluster = fs->csize * sector;
    const uint64_t at = own->f.fptr - size;
    const uint64_t first = (fs->database + (uint64_t)(own->f.clust - 2) * fs->csize) * sector;
    volume->placed = true;
    volume->place = wear_place(&own->layer, first + at % cluster);
    volume->slack = (size_t)((sector - own->f.fptr % sector) % sector);
}

static espbak_status read_pieces(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                                 espbak_error *err)
{
    for (uint64_t left = entry->size; left > 0;) {
        fat *own = use(volume);
        UINT got = 0;
        const UINT size = size_of_piece(own, left);
        const bool read = f_read(&own->f, own->piece, size, &got) == FR_OK && got == size;
        fat_library_use(NULL);
        if (!read)
            return filesystem_fail(volume, entry, "its chain of clusters is damaged", err);
        note_place(volume, own, size);
        if (sink(user, own->piece, size, err) != ESPBAK_OK)
            return err->status;
        left -= size;
    }
    return ESPBAK_OK;
}

static espbak_status read_fat(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                              espbak_error *err)
{
    fat *own = volume->state;
    fat_library_open_file(&own->library, &own->f, (uint32_t)entry->place, (uint32_t)entry->size);
    return read_pieces(volume, entry, sink, user, err);
}

/* Both tables, the root folder of FAT12 and FAT16, and the state of wear levelling. */
static void keep_fat(espbak_volume *volume)
{
    const fat *own = volume->state;
    const uint64_t end = (uint64_t)own->library.fs.database * own->library.sector_size;
    for (uint64_t at = 0; at < end; at += WEAR_SECTOR)
        window_note_range(&volume->bytes, wear_place(&own->layer, at), WEAR_SECTOR);
    if (own->layer.levelled)
        window_note_range(&volume->bytes, own->layer.size + WEAR_PAGE, volume->bytes.size);
}

static void close_fat(espbak_volume *volume)
{
    free(volume->state);
}

const filesystem filesystem_fat = {
    .open = open_fat,
    .list = list_fat,
    .read = read_fat,
    .close = close_fat,
    .keep = keep_fat,
};
