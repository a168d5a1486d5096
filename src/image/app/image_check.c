/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an image to its end: checksum, SHA-256 or CRC, and whose bootloader it is. */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "image/app/image_parts.h"
#include "image/app/image_words.h"
#include "image/crc32.h"

enum { PIECE = IMAGE_WORDS_PIECE, CHECKSUM_START = 0xEF };

typedef struct check {
    const espbak_image *image;
    const image_layout *layout;
    uint8_t checksum, irom; /* of the segments that it covers, and of those before them */
    uint32_t crc;
    digest *sha;
    image_words words;
} check;

/* The checksum covers the segments' data only. Of format 2 not the first one, unless esptool2 was told -iromchksum. */
static void sum_segments(check *c, const uint8_t *bytes, size_t size, uint64_t at)
{
    for (size_t i = 0; i < c->image->segment_count; i++) {
        const espbak_image_segment *segment = &c->image->segments[i];
        const uint64_t from = segment->offset > at ? segment->offset : at;
        const uint64_t to = bytes_min64(segment->offset + segment->size, at + size);
        for (uint64_t k = from; k < to; k++)
            *(i < c->layout->first_summed ? &c->irom : &c->checksum) ^= bytes[k - at];
    }
}

static espbak_status stream(check *c, const espbak_image_reader *reader, espbak_error *err)
{
    enum { BOOTLOADER_MAX = 128 * 1024 }; /* larger images are not searched for words */
    uint8_t piece[PIECE];
    const uint64_t end = c->layout->checksum + 1;
    for (uint64_t at = c->image->offset; at < end;) {
        /* whole sectors, so that a device reads each once */
        const size_t size = (size_t)bytes_min64(PIECE - at % PIECE, end - at);
        espbak_status status = reader->read(reader->ctx, at, piece, size, err);
        if (status == ESPBAK_OK)
            status = digest_update(c->sha, piece, size, err);
        if (status != ESPBAK_OK)
            return status;
        sum_segments(c, piece, size, at);
        if (c->layout->crc_appended)
            c->crc = crc32_update(c->crc, piece, size);
        if (end - c->image->offset <= BOOTLOADER_MAX)
            image_words_look(&c->words, piece, size);
        at += size;
    }
    return ESPBAK_OK;
}

/* The CRC-32 of format 2 is made of the usual one so that its top bit is always clear. */
static uint32_t esp8266_crc(uint32_t crc)
{
    return (crc & 0x80000000) != 0 ? ~crc : crc + 1;
}

static void tell(const espbak_image *image, const char *what, espbak_findings *findings)
{
    espbak_findings_add(findings, ESPBAK_FINDING_DAMAGE, "the %s of the image at 0x%llx is wrong", what,
                        (unsigned long long)image->offset);
}

static espbak_status compare(check *c, const espbak_image_reader *reader, espbak_image *image,
                             espbak_findings *findings, espbak_error *err)
{
    uint8_t tail[1 + IMAGE_SHA256_SIZE], sha[DIGEST_SHA256_SIZE];
    const size_t size = (size_t)(image->offset + image->size - c->layout->checksum);
    espbak_status status = reader->read(reader->ctx, c->layout->checksum, tail, size, err);
    if (status == ESPBAK_OK)
        status = digest_finish(c->sha, sha, err);
    if (status != ESPBAK_OK)
        return status;
    image->checked = true;
    image->checksum_ok = tail[0] == c->checksum || (tail[0] == (c->checksum ^ c->irom) && c->layout->first_summed > 0);
    if (!image->checksum_ok)
        tell(image, "checksum", findings);
    image->sha256_ok = image->header.hash_appended && memcmp(tail + 1, sha, sizeof(sha)) == 0;
    if (image->header.hash_appended && !image->sha256_ok)
        tell(image, "SHA-256", findings);
    if (c->layout->crc_appended && bytes_get_le32(tail + 1) != esp8266_crc(c->crc)) {
        image->size -= IMAGE_CRC_SIZE;
        espbak_findings_add(findings, ESPBAK_FINDING_NOTE,
                            "the CRC of the image at 0x%llx is wrong, or not there as in images for rBoot",
                            (unsigned long long)image->offset);
    }
    image_words_tell(&c->words, image);
    return ESPBAK_OK;
}

espbak_status image_check(const espbak_image_reader *reader, espbak_image *image, const image_layout *layout,
                          espbak_findings *findings, espbak_error *err)
{
    check c = {.image = image, .layout = layout, .checksum = CHECKSUM_START};
    espbak_status status = digest_new(&c.sha, DIGEST_SHA256, err);
    if (status == ESPBAK_OK)
        status = stream(&c, reader, err);
    if (status == ESPBAK_OK)
        status = compare(&c, reader, image, findings, err);
    digest_free(c.sha);
    return status;
}
