/* SPDX-License-Identifier: Apache-2.0 */
#include "support/image_fixture.h"

static espbak_status fixture_read(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    fixture *f = ctx;
    (void)err;
    assert_true(bytes_range_within(offset, size, f->size));
    memcpy(buffer, f->bytes + offset, size);
    f->reads++;
    f->bytes_read += size;
    return ESPBAK_OK;
}

void fixture_open(fixture *f, size_t size)
{
    *f = (fixture){.bytes = malloc(size), .size = size};
    assert_non_null(f->bytes);
    memset(f->bytes, 0xFF, size);
    f->reader = (espbak_image_reader){.read = fixture_read, .ctx = f, .size = size};
}

void fixture_close(fixture *f)
{
    free(f->bytes);
}

uint8_t *fixture_table(fixture *f, size_t at, const fixture_row *rows, size_t count)
{
    uint8_t *row = f->bytes + at;
    memset(row, 0xFF, ESPBAK_PARTITION_TABLE_SIZE);
    for (size_t i = 0; i < count; i++, row += ESPBAK_PARTITION_ROW_SIZE) {
        memset(row, 0, ESPBAK_PARTITION_ROW_SIZE);
        row[0] = 0xAA;
        row[1] = 0x50;
        row[2] = rows[i].type;
        row[3] = rows[i].subtype;
        bytes_put_le32(row + 4, rows[i].offset);
        bytes_put_le32(row + 8, rows[i].size);
        for (size_t k = 0; k < 16 && rows[i].label[k] != '\0'; k++)
            row[12 + k] = (uint8_t)rows[i].label[k];
    }
    memset(row, 0xFF, ESPBAK_PARTITION_ROW_SIZE);
    row[0] = row[1] = 0xEB;
    assert_int_equal(digest_of(DIGEST_MD5, f->bytes + at, (size_t)(row - f->bytes) - at, row + 16, NULL), ESPBAK_OK);
    return row + ESPBAK_PARTITION_ROW_SIZE;
}

static void fixture_describe(uint8_t *data, unsigned flags, const char *version)
{
    if ((flags & FIXTURE_BOOTLOADER) != 0) {
        data[0] = 80;
        bytes_put_le32(data + 4, 1);
        strcpy((char *)data + 8, "v5.4.1");
        strcpy((char *)data + 40, "Jan  1 2026 12:00:00");
        return;
    }
    bytes_put_le32(data, 0xABCD5432);
    bytes_put_le32(data + 4, 7);
    strcpy((char *)data + 16, version);
    strcpy((char *)data + 48, "fixture");
    strcpy((char *)data + 80, "12:34:56");
    strcpy((char *)data + 96, "Feb  2 2026");
    strcpy((char *)data + 112, "v5.5");
    data[144] = 0xE1;
}

static void fixture_sign(fixture *f, size_t at, size_t size)
{
    uint8_t *block = f->bytes + at + (size + 4095) / 4096 * 4096;
    memset(block, 0x5A, 1216);
    block[0] = 0xE7;
    block[1] = 2;
    bytes_put_le32(block + 1196, crc32_update(0, block, 1196));
}

size_t fixture_seal(fixture *f, size_t at, unsigned flags)
{
    uint8_t *image = f->bytes + at, sum = 0xEF;
    const size_t end = 24 + 8 + FIXTURE_SEGMENT + 8 + FIXTURE_SECOND;
    for (size_t i = 0; i < FIXTURE_SEGMENT; i++)
        sum ^= image[32 + i];
    for (size_t i = 0; i < FIXTURE_SECOND; i++)
        sum ^= image[32 + FIXTURE_SEGMENT + 8 + i];
    const size_t padded = (end + 16) / 16 * 16;
    memset(image + end, 0, padded - end);
    image[padded - 1] = sum;
    if ((flags & FIXTURE_NO_HASH) != 0)
        return padded;
    assert_int_equal(digest_of(DIGEST_SHA256, image, padded, image + padded, NULL), ESPBAK_OK);
    return padded + 32;
}

size_t fixture_image(fixture *f, size_t at, uint16_t chip, unsigned flags, const char *version)
{
    uint8_t *image = f->bytes + at;
    memset(image, 0, 32 + FIXTURE_SEGMENT);
    image[0] = 0xE9;
    image[1] = 2;
    image[2] = 2;
    image[3] = 0x4F;
    bytes_put_le32(image + 4, 0x40380000);
    bytes_put_le16(image + 12, chip);
    bytes_put_le16(image + 17, 199);
    image[23] = (flags & FIXTURE_NO_HASH) == 0;
    bytes_put_le32(image + 24, 0x3C000020);
    bytes_put_le32(image + 28, FIXTURE_SEGMENT);
    fixture_describe(image + 32, flags, version);
    uint8_t *second = image + 32 + FIXTURE_SEGMENT;
    /* An application's code stays in flash, at its place within a page; a bootloader is loaded. */
    bytes_put_le32(second, (flags & FIXTURE_BOOTLOADER) != 0 ? 0x40380000 : 0x42000000 + 40 + FIXTURE_SEGMENT);
    bytes_put_le32(second + 4, FIXTURE_SECOND);
    for (size_t i = 0; i < FIXTURE_SECOND; i++)
        second[8 + i] = (uint8_t)(i * 7 + at / 4096);
    const size_t size = fixture_seal(f, at, flags);
    if ((flags & FIXTURE_SIGNED_V2) != 0)
        fixture_sign(f, at, size);
    return size;
}

void fixture_otadata(uint8_t *entry, uint32_t seq, uint32_t state)
{
    memset(entry, 0xFF, ESPBAK_OTADATA_ENTRY_SIZE);
    bytes_put_le32(entry, seq);
    bytes_put_le32(entry + 24, state);
    bytes_put_le32(entry + 28, crc32_esp(entry, 4));
}

void assert_finding(const espbak_findings *findings, const char *text)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strstr(findings->entries[i].text, text) != NULL)
            return;
    }
    fail_msg("no finding says \"%s\" (%zu findings, first: %s)", text, findings->count,
             findings->count > 0 ? findings->entries[0].text : "-");
}
