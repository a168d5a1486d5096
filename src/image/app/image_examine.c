/* SPDX-License-Identifier: Apache-2.0 */
/* Layout: ESP-IDF esp_image_format.h; ESP8266 "version 2" images: esptool's documentation of the format. */
#include "base/bytes.h"
#include "image/app/image_parts.h"

enum {
    SEGMENT_HEADER_SIZE = 8,
    SEGMENT_LIMIT = 16 << 20, /* ESP-IDF refuses larger ones, and those that are not words */
    BLOCK = 16,               /* the checksum ends one */
    V2_SEGMENTS = 4,          /* what a version 2 header says in place of a number of segments */
};

static espbak_status read_at(const espbak_image_reader *reader, uint64_t offset, void *buffer, size_t size,
                             espbak_error *err)
{
    return reader->read(reader->ctx, offset, buffer, size, err);
}

/* One segment's header and extent; *at moves behind it. False when it cannot be one. */
static espbak_status take_segment(const espbak_image_reader *reader, espbak_image *image, uint64_t end, uint64_t *at,
                                  bool *ok, espbak_error *err)
{
    uint8_t bytes[SEGMENT_HEADER_SIZE];
    *ok = false;
    if (!bytes_range_within(*at, sizeof(bytes), end))
        return ESPBAK_OK;
    const espbak_status status = read_at(reader, *at, bytes, sizeof(bytes), err);
    if (status != ESPBAK_OK)
        return status;
    espbak_image_segment *segment = &image->segments[image->segment_count];
    *segment = (espbak_image_segment){
        .address = bytes_get_le32(bytes),
        .size = bytes_get_le32(bytes + 4),
        .offset = *at + SEGMENT_HEADER_SIZE,
    };
    if (segment->size >= SEGMENT_LIMIT || segment->size % 4 != 0 ||
        !bytes_range_within(segment->offset, segment->size, end))
        return ESPBAK_OK;
    *at = segment->offset + segment->size;
    image->segment_count++;
    *ok = true;
    return ESPBAK_OK;
}

static espbak_status take_segments(const espbak_image_reader *reader, espbak_image *image, size_t count, uint64_t end,
                                   uint64_t *at, bool *ok, espbak_findings *findings, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    *ok = true;
    for (size_t i = 0; i < count && *ok && status == ESPBAK_OK; i++) {
        status = take_segment(reader, image, end, at, ok, err);
        if (status == ESPBAK_OK && !*ok)
            espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE,
                                "segment %zu of the image at 0x%llx is cut short or has an impossible size",
                                image->segment_count + 1, (unsigned long long)image->offset);
    }
    return status;
}

/* Checksum and SHA-256 behind the segments. */
static void take_end(espbak_image *image, image_layout *layout, uint64_t at, espbak_findings *findings)
{
    const uint64_t length = at - image->offset;
    const uint64_t padded = (length + 1 + BLOCK - 1) / BLOCK * BLOCK;
    const uint64_t hash = image->header.hash_appended ? IMAGE_SHA256_SIZE : 0;
    layout->checksum = image->offset + padded - 1;
    image->whole = bytes_range_within(image->offset, padded + hash, layout->end);
    layout->crc_appended =
        layout->crc_appended && bytes_range_within(image->offset, padded + hash + IMAGE_CRC_SIZE, layout->end);
    if (image->whole)
        image->size = padded + hash + (layout->crc_appended ? IMAGE_CRC_SIZE : 0);
    else
        espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the image at 0x%llx is cut short",
                            (unsigned long long)image->offset);
}

/* Format 2: the code that stays in flash comes first, then an image as of format 1. */
static espbak_status take_second_header(const espbak_image_reader *reader, espbak_image *image, uint64_t end,
                                        uint64_t *at, bool *ok, espbak_error *err)
{
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE] = {0};
    *ok = bytes_range_within(*at, sizeof(bytes), end);
    if (!*ok)
        return ESPBAK_OK;
    const espbak_status status = read_at(reader, *at, bytes, sizeof(bytes), err);
    *ok = status == ESPBAK_OK && espbak_image_header_parse(&image->header, bytes);
    image->header.chip_id = ESPBAK_IMAGE_NO_CHIP_ID;
    image->header.hash_appended = false;
    *at += IMAGE_BASIC_HEADER_SIZE;
    return status;
}

static espbak_status lay_out_v2(const espbak_image_reader *reader, espbak_image *image, image_layout *layout,
                                uint64_t *at, bool *ok, espbak_findings *findings, espbak_error *err)
{
    *at = image->offset + IMAGE_BASIC_HEADER_SIZE;
    layout->first_summed = 1;
    layout->crc_appended = true;
    espbak_status status = take_segments(reader, image, 1, layout->end, at, ok, findings, err);
    if (status == ESPBAK_OK && *ok) {
        status = take_second_header(reader, image, layout->end, at, ok, err);
        if (status == ESPBAK_OK && !*ok)
            espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the image at 0x%llx has no second header",
                                (unsigned long long)image->offset);
    }
    return status;
}

/* Find the segments behind the headers. Sets image->whole and image->size. */
static espbak_status lay_out(const espbak_image_reader *reader, espbak_image *image, image_layout *layout,
                             espbak_findings *findings, espbak_error *err)
{
    bool ok = true;
    const bool short_header = image->header.chip_id == ESPBAK_IMAGE_NO_CHIP_ID;
    uint64_t at = image->offset + (short_header ? IMAGE_BASIC_HEADER_SIZE : ESPBAK_IMAGE_HEADER_SIZE);
    espbak_status status = ESPBAK_OK;
    if (image->format == 2)
        status = lay_out_v2(reader, image, layout, &at, &ok, findings, err);
    if (status == ESPBAK_OK && ok)
        status = take_segments(reader, image, image->header.segment_count, layout->end, &at, &ok, findings, err);
    if (status == ESPBAK_OK && ok)
        take_end(image, layout, at, findings);
    return status;
}

/* Whether an image begins with these bytes, and which format it has. */
static bool take_header(espbak_image *image, const uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE])
{
    image->format = bytes[0] == IMAGE_MAGIC_V2 && bytes[1] == V2_SEGMENTS ? 2 : 1;
    if (image->format == 1)
        return espbak_image_header_parse(&image->header, bytes);
    image->header = (espbak_image_header){
        .chip_id = ESPBAK_IMAGE_NO_CHIP_ID,
        .max_revision = ESPBAK_IMAGE_ANY_REVISION,
        .segment_count = bytes[1],
        .flash_mode = bytes[2],
        .flash_speed = bytes[3] & 15,
        .flash_size = bytes[3] >> 4,
        .entry = bytes_get_le32(bytes + 4),
    };
    return true;
}

static espbak_status look_inside(const espbak_image_reader *reader, espbak_image *image, image_layout *layout,
                                 espbak_image_depth depth, espbak_findings *findings, espbak_error *err)
{
    espbak_status status = lay_out(reader, image, layout, findings, err);
    if (status == ESPBAK_OK)
        status = image_describe(reader, image, err);
    if (status == ESPBAK_OK && image->whole)
        status = image_find_signature(reader, image, layout, findings, err);
    if (status == ESPBAK_OK && image->whole && depth == ESPBAK_IMAGE_CONTENTS)
        status = image_check(reader, image, layout, findings, err);
    return status;
}

espbak_status espbak_image_examine(const espbak_image_reader *reader, uint64_t offset, uint64_t limit,
                                   espbak_image_depth depth, espbak_image *image, bool *found,
                                   espbak_findings *findings, espbak_error *err)
{
    uint8_t bytes[ESPBAK_IMAGE_HEADER_SIZE];
    *image = (espbak_image){.offset = offset};
    *found = false;
    const uint64_t left = offset < reader->size ? reader->size - offset : 0;
    image_layout layout = {.end = offset + bytes_min64(limit, left)};
    if (bytes_min64(limit, left) < sizeof(bytes))
        return ESPBAK_OK;
    const espbak_status status = read_at(reader, offset, bytes, sizeof(bytes), err);
    *found = status == ESPBAK_OK && take_header(image, bytes);
    return *found ? look_inside(reader, image, &layout, depth, findings, err) : status;
}

bool espbak_image_sound(const espbak_image *image)
{
    return image->whole && image->checked && image->checksum_ok && (!image->header.hash_appended || image->sha256_ok);
}
