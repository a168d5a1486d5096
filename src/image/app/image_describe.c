/* SPDX-License-Identifier: Apache-2.0 */
/* What an image says about itself: ESP-IDF esp_app_desc.h and esp_bootloader_desc.h. */
#include <string.h>

#include "base/bytes.h"
#include "image/app/image_parts.h"

enum {
    APP_DESCRIPTION_SIZE = 256,
    MIN_BLOCK_AT = 176,
    MAX_BLOCK_AT = 178,
    PAGE_BITS_AT = 180,
    DEMANDS_END = 181,
    BOOTLOADER_MAGIC = 80,
    BOOTLOADER_DESCRIPTION_SIZE = 80,
};
static const uint32_t app_magic = 0xABCD5432;

static void text_at(char *out, size_t capacity, const uint8_t *bytes, size_t at)
{
    bytes_printable(out, capacity, (const char *)bytes + at, capacity - 1);
}

static void take_app(espbak_image *image, const uint8_t *bytes)
{
    espbak_app_description *app = &image->app;
    image->app_described = true;
    app->secure_version = bytes_get_le32(bytes + 4);
    text_at(app->version, sizeof(app->version), bytes, 16);
    text_at(app->project, sizeof(app->project), bytes, 48);
    text_at(app->time, sizeof(app->time), bytes, 80);
    text_at(app->date, sizeof(app->date), bytes, 96);
    text_at(app->idf, sizeof(app->idf), bytes, 112);
    memcpy(app->elf_sha256, bytes + 144, sizeof(app->elf_sha256));
}

/* One byte of magic is little: the texts have to be some too. */
static bool take_bootloader(espbak_image *image, const uint8_t *bytes)
{
    espbak_bootloader_description *b = &image->bootloader;
    b->secure_version = bytes[3];
    b->version = bytes_get_le32(bytes + 4);
    text_at(b->idf, sizeof(b->idf), bytes, 8);
    text_at(b->compiled, sizeof(b->compiled), bytes, 40);
    const size_t idf = strlen(b->idf), compiled = strlen(b->compiled);
    image->bootloader_described = idf > 0 && memcmp(b->idf, bytes + 8, idf) == 0 && strchr(b->compiled, ':') != NULL &&
                                  memcmp(b->compiled, bytes + 40, compiled) == 0;
    if (!image->bootloader_described)
        *b = (espbak_bootloader_description){0};
    image->esp_idf = image->bootloader_described;
    return image->bootloader_described;
}

/* Bootloaders do not ask whether there is a description, or how long the segment is unless it has no bytes. */
static espbak_status take_demands(const espbak_image_reader *reader, espbak_image *image, espbak_error *err)
{
    uint8_t bytes[DEMANDS_END - MIN_BLOCK_AT];
    const uint64_t at = image->segments[0].offset + MIN_BLOCK_AT;
    if (image->segment_count == 0 || image->segments[0].size == 0 || image->header.chip_id == ESPBAK_IMAGE_NO_CHIP_ID ||
        !bytes_range_within(at, sizeof(bytes), reader->size))
        return ESPBAK_OK;
    const espbak_status status = reader->read(reader->ctx, at, bytes, sizeof(bytes), err);
    if (status != ESPBAK_OK)
        return status;
    image->demands = (espbak_image_demands){
        .read = true,
        .min_block_revision = bytes_get_le16(bytes),
        .max_block_revision = bytes_get_le16(bytes + (MAX_BLOCK_AT - MIN_BLOCK_AT)),
        .page_bits = bytes[PAGE_BITS_AT - MIN_BLOCK_AT],
    };
    return ESPBAK_OK;
}

/* Both stand at the start of a segment, an application's always in the first. */
espbak_status image_describe(const espbak_image_reader *reader, espbak_image *image, espbak_error *err)
{
    uint8_t bytes[APP_DESCRIPTION_SIZE];
    if (take_demands(reader, image, err) != ESPBAK_OK)
        return err->status;
    for (size_t i = 0; i < image->segment_count && image->format == 1; i++) {
        const espbak_image_segment *segment = &image->segments[i];
        if (segment->size < BOOTLOADER_DESCRIPTION_SIZE)
            continue;
        const size_t size = (size_t)bytes_min64(sizeof(bytes), segment->size);
        const espbak_status status = reader->read(reader->ctx, segment->offset, bytes, size, err);
        if (status != ESPBAK_OK)
            return status;
        if (size == sizeof(bytes) && bytes_get_le32(bytes) == app_magic) {
            take_app(image, bytes);
            return ESPBAK_OK;
        }
        if (bytes[0] == BOOTLOADER_MAGIC && take_bootloader(image, bytes))
            return ESPBAK_OK;
    }
    return ESPBAK_OK;
}
