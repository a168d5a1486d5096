/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secure boot signatures, whether there is one: ESP-IDF esp_secure_boot.h. Whether a chip accepts it
 * depends on the key digest in its fuses.
 */
#include "base/bytes.h"
#include "image/app/image_parts.h"
#include "image/crc32.h"

enum {
    SECTOR = 4096,
    V2_MAGIC = 0xE7,
    V2_RSA = 2,
    V2_ECDSA = 3,
    V2_BLOCK_SIZE = 1216,
    V2_CRC_AT = 1196,
    V1_BLOCK_SIZE = 68, /* a version, which is 0, and the signature */
    V1_SIGNATURE_SIZE = 64,
};

static espbak_status find_v2(const espbak_image_reader *reader, espbak_image *image, const image_layout *layout,
                             espbak_findings *findings, espbak_error *err)
{
    uint8_t block[V2_BLOCK_SIZE];
    const uint64_t at = image->offset + (image->size + SECTOR - 1) / SECTOR * SECTOR;
    if (!bytes_range_within(at, sizeof(block), layout->end))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, at, block, sizeof(block), err);
    if (status != ESPBAK_OK || block[0] != V2_MAGIC || (block[1] != V2_RSA && block[1] != V2_ECDSA))
        return status;
    if (crc32_update(0, block, V2_CRC_AT) == bytes_get_le32(block + V2_CRC_AT))
        image->signature = ESPBAK_SIGNATURE_V2;
    else
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the signature block at 0x%llx is damaged",
                            (unsigned long long)at);
    return ESPBAK_OK;
}

static espbak_status find_v1(const espbak_image_reader *reader, espbak_image *image, const image_layout *layout,
                             espbak_error *err)
{
    uint8_t block[V1_BLOCK_SIZE];
    const uint64_t at = image->offset + image->size;
    if (!bytes_range_within(at, sizeof(block), layout->end))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, at, block, sizeof(block), err);
    if (status == ESPBAK_OK && bytes_get_le32(block) == 0 && !bytes_are_all(block + 4, V1_SIGNATURE_SIZE, 0) &&
        !bytes_are_all(block + 4, V1_SIGNATURE_SIZE, 0xFF))
        image->signature = ESPBAK_SIGNATURE_V1;
    return status;
}

espbak_status image_find_signature(const espbak_image_reader *reader, espbak_image *image, const image_layout *layout,
                                   espbak_findings *findings, espbak_error *err)
{
    if (image->header.chip_id == ESPBAK_IMAGE_NO_CHIP_ID)
        return ESPBAK_OK;
    const espbak_status status = find_v2(reader, image, layout, findings, err);
    if (status != ESPBAK_OK || image->signature != ESPBAK_SIGNATURE_NONE)
        return status;
    return find_v1(reader, image, layout, err);
}
