/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: ESP-IDF esp_app_format.h, esp_image_header_t; ESP8266: its first 8 bytes only. */
#include "base/bytes.h"
#include "espbak/image.h"

enum {
    IMAGE_MAGIC = 0xE9,
    SEGMENTS_MAX = 16,
    CHIP_ID_ESP32 = 0,
    CHIP_ID_ESP32S2 = 2,
};

/* Without the longer header a segment's address follows; the boot code is in IRAM, at 0x40100000. */
static bool is_esp8266(const uint8_t *bytes)
{
    const uint32_t entry = bytes_get_le32(bytes + 4);
    const uint32_t first_segment = bytes_get_le32(bytes + 8);
    return entry >> 16 == 0x4010 && first_segment >= 0x3FFE0000;
}

/*
 * Before images had full revisions one byte counted majors on the first two chips, minors on those after. No chip
 * follows to this list: ESP-IDF has written full revisions since before the next one came.
 */
static unsigned old_min_revision(uint16_t chip_id, uint8_t value)
{
    return chip_id == CHIP_ID_ESP32 || chip_id == CHIP_ID_ESP32S2 ? value * 100u : value;
}

static void take_extended(espbak_image_header *header, const uint8_t *bytes)
{
    const unsigned max_revision = bytes_get_le16(bytes + 17);
    header->chip_id = bytes_get_le16(bytes + 12);
    header->full_min_revision = bytes_get_le16(bytes + 15);
    header->old_min_revision = old_min_revision(header->chip_id, bytes[14]);
    header->min_revision = header->full_min_revision;
    if (header->min_revision == 0 && max_revision == 0)
        header->min_revision = header->old_min_revision;
    header->max_revision = max_revision == 0 ? ESPBAK_IMAGE_ANY_REVISION : max_revision;
    header->hash_appended = bytes[23] != 0;
}

bool espbak_image_header_parse(espbak_image_header *header, const uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE])
{
    if (bytes[0] != IMAGE_MAGIC || bytes[1] == 0 || bytes[1] > SEGMENTS_MAX)
        return false;
    *header = (espbak_image_header){
        .chip_id = ESPBAK_IMAGE_NO_CHIP_ID,
        .max_revision = ESPBAK_IMAGE_ANY_REVISION,
        .segment_count = bytes[1],
        .flash_mode = bytes[2],
        .flash_speed = bytes[3] & 15,
        .flash_size = bytes[3] >> 4,
        .entry = bytes_get_le32(bytes + 4),
    };
    if (!is_esp8266(bytes))
        take_extended(header, bytes);
    return true;
}

espbak_status espbak_image_header_read(const espbak_image_reader *reader, uint64_t offset, espbak_image_header *header,
                                       bool *found, espbak_error *err)
{
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    *found = false;
    if (!bytes_range_within(offset, sizeof(bytes), reader->size))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, offset, bytes, sizeof(bytes), err);
    if (status == ESPBAK_OK)
        *found = espbak_image_header_parse(header, bytes);
    return status;
}

espbak_image_fit espbak_image_fits(const espbak_image_header *header, uint16_t chip_id, bool revision_known,
                                   unsigned revision)
{
    if (header->chip_id != chip_id)
        return ESPBAK_IMAGE_OTHER_CHIP;
    if (revision_known && revision < header->min_revision)
        return ESPBAK_IMAGE_NEEDS_NEWER;
    if (revision_known && header->max_revision != ESPBAK_IMAGE_ANY_REVISION && revision > header->max_revision)
        return ESPBAK_IMAGE_NEEDS_OLDER;
    return ESPBAK_IMAGE_FITS;
}
