/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LittleFS: SPEC.md of littlefs, the superblock's tag and name. FAT: Microsoft's "FAT: General Overview of On-Disk
 * Format", the boot sector; wear levelling of ESP-IDF has it behind an empty sector at first. SPIFFS: spiffs_nucleus.h,
 * the magic in the look-up page of each block, for pages of 256 bytes, as all ports to these chips have them.
 */
#include "image/files/volume.h"

#include <string.h>

#include "base/bytes.h"

enum { HEAD = 512, BLOCK = 4096, SPIFFS_PAGE = 256 };

static espbak_status read_head(const espbak_image_reader *reader, uint64_t offset, uint8_t bytes[HEAD],
                               espbak_error *err)
{
    memset(bytes, 0xFF, HEAD);
    const uint64_t left = offset < reader->size ? reader->size - offset : 0;
    const size_t size = (size_t)bytes_min64(HEAD, left);
    return size > 0 ? reader->read(reader->ctx, offset, bytes, size, err) : ESPBAK_OK;
}

static bool is_littlefs(const uint8_t bytes[HEAD])
{
    enum { NAME_AT = 8 };
    return memcmp(bytes + NAME_AT, "littlefs", 8) == 0;
}

static bool is_fat(const uint8_t bytes[HEAD])
{
    enum { SIGNATURE_AT = 510, SIGNATURE = 0xAA55, SHORT_JUMP = 0xEB, JUMP = 0xE9, SECTOR_AT = 11, COPIES_AT = 16 };
    const unsigned sector = bytes_get_le16(bytes + SECTOR_AT);
    return bytes_get_le16(bytes + SIGNATURE_AT) == SIGNATURE && (bytes[0] == SHORT_JUMP || bytes[0] == JUMP) &&
           (sector == 512 || sector == 1024 || sector == 2048 || sector == 4096) && bytes[COPIES_AT] >= 1 &&
           bytes[COPIES_AT] <= 2;
}

/* Blocks count down in their magic; older builds leave the count out. */
static bool is_magic(unsigned found, uint64_t blocks_left)
{
    enum { PLAIN = 0x0529 /* the lower half of 0x20140529 */ ^ SPIFFS_PAGE };
    return found == PLAIN || found == ((PLAIN ^ (unsigned)blocks_left) & 0xFFFF);
}

static espbak_status find_spiffs(const espbak_image_reader *reader, uint64_t offset, uint64_t size, bool *found,
                                 espbak_error *err)
{
    enum { BLOCK_MAX = 16 * BLOCK, MAGIC_AT = SPIFFS_PAGE - 4 };
    *found = false;
    for (uint64_t block = BLOCK; block <= BLOCK_MAX && !*found; block *= 2) {
        bool both = size % block == 0;
        for (uint64_t i = 0; i < 2 && both; i++) {
            uint8_t bytes[2];
            const uint64_t at = offset + i * block + MAGIC_AT;
            both = bytes_range_within(at, sizeof(bytes), reader->size);
            if (both && reader->read(reader->ctx, at, bytes, sizeof(bytes), err) != ESPBAK_OK)
                return err->status;
            both = both && is_magic(bytes_get_le16(bytes), size / block - i);
        }
        *found = both;
    }
    return ESPBAK_OK;
}

espbak_status volume_find(const espbak_image_reader *reader, uint64_t offset, uint64_t size, const char **name,
                          espbak_error *err)
{
    uint8_t first[HEAD], second[HEAD];
    bool spiffs = false;
    *name = NULL;
    if (size < 2 * BLOCK)
        return ESPBAK_OK;
    if (read_head(reader, offset, first, err) != ESPBAK_OK ||
        read_head(reader, offset + BLOCK, second, err) != ESPBAK_OK ||
        find_spiffs(reader, offset, size, &spiffs, err) != ESPBAK_OK)
        return err->status;
    /* LittleFS writes its superblock to two blocks in turn. */
    if (is_littlefs(first) || is_littlefs(second))
        *name = "LittleFS";
    else if (is_fat(first) || is_fat(second))
        *name = "FAT";
    else if (spiffs)
        *name = "SPIFFS";
    return ESPBAK_OK;
}
