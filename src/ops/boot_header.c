/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/boot_header.h"

#include "base/bytes.h"

/* Layout: ESP-IDF esp_app_format.h, esp_image_header_t. */
enum { IMAGE_MAGIC = 0xE9, SEGMENTS_MAX = 16, NO_CHIP_ID = 0xFFFF };

/* The ESP8266 has no extended header; its boot code runs from the 64 KiB of IRAM at 0x40100000. */
static bool is_esp8266(const uint8_t *bytes)
{
    return bytes_get_le32(bytes + 4) >> 16 == 0x4010 && bytes_get_le32(bytes + 8) >> 16 >= 0x3FFE;
}

bool boot_header_parse(boot_header *out, const uint8_t bytes[BOOT_HEADER_SIZE])
{
    if (bytes[0] != IMAGE_MAGIC || bytes[1] == 0 || bytes[1] > SEGMENTS_MAX)
        return false;
    *out = (boot_header){.chip_id = bytes_get_le16(bytes + 12)};
    if (is_esp8266(bytes)) {
        out->chip_id = NO_CHIP_ID;
        out->max_revision = UINT16_MAX;
        out->chip = espbak_chip_by_name("esp8266");
        return true;
    }
    out->chip = espbak_chip_by_image_id(out->chip_id);
    out->min_revision = bytes_get_le16(bytes + 15);
    out->max_revision = bytes_get_le16(bytes + 17);
    /* Written before full revisions came: the old field counts majors on the ESP32, minors elsewhere. */
    if (out->min_revision == 0 && out->max_revision == 0)
        out->min_revision = bytes[14] * (out->chip_id == 0 ? 100u : 1u);
    if (out->max_revision == 0)
        out->max_revision = UINT16_MAX;
    return true;
}

espbak_status boot_header_find(espbak_flash_source source, void *user, uint64_t size, const espbak_chip **chip,
                               espbak_error *err)
{
    size_t count;
    const espbak_chip *chips = espbak_chips(&count);
    *chip = NULL;
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[BOOT_HEADER_SIZE];
        boot_header header;
        const uint64_t at = chips[i].bootloader_offset;
        if (!bytes_range_within(at, sizeof(bytes), size))
            continue;
        if (source(user, at, bytes, sizeof(bytes), err) != ESPBAK_OK)
            return err->status;
        if (boot_header_parse(&header, bytes) && header.chip != NULL && header.chip->bootloader_offset == at) {
            *chip = header.chip;
            return ESPBAK_OK;
        }
    }
    return ESPBAK_OK;
}
