/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/default_image.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "sim/common/random.h"

enum {
    TABLE_AT = 0x8000,
    NVS_AT = 0x9000,
    OTADATA_AT = 0xD000,
    PHY_AT = 0xF000,
    APP_AT = 0x20000,
    SMALL_FLASH = 1 << 20, /* below, there is a bootloader only */
    BOOTLOADER_CODE = 18 * 1024,
    APP_CODE = 300 * 1024,
    SMALL_SLOTS = 2 << 20, /* flash whose slots are too small for that */
    SMALL_APP_CODE = 64 * 1024,
    ASSET_BYTES = 48 * 1024,
    CACHE = 0x3C000020, /* through which an application sees its data */
    CODE = 0x42000000,  /* and its code */
    PAGE = 0x10000,
};

/* Where the image is being made, and the randomness its "code" comes from. */
typedef struct maker {
    sim_flash *flash;
    const sim_chip_options *options;
    uint64_t random;
} maker;

/* An encrypted flash holds what looks like noise: a stand-in for AES-XTS, a different one at each place. */
static void encrypt_flash(uint8_t *bytes, size_t size, uint64_t at, uint64_t key)
{
    for (size_t i = 0; i < size; i++) {
        uint64_t state = key ^ (at + i) * 0x9E3779B97F4A7C15u;
        bytes[i] ^= (uint8_t)(sim_random(&state) >> 32);
    }
}

static void put(maker *m, uint64_t at, const uint8_t *bytes, size_t size)
{
    uint8_t piece[256];
    if (!m->options->encrypted) {
        sim_flash_program(m->flash, at, bytes, size);
        return;
    }
    for (size_t done = 0; done < size;) {
        const size_t count = size - done < sizeof(piece) ? size - done : sizeof(piece);
        memcpy(piece, bytes + done, count);
        encrypt_flash(piece, count, at + done, m->options->seed ^ m->options->chip->id);
        sim_flash_program(m->flash, at + done, piece, count);
        done += count;
    }
}

/* Something that compresses about as well as machine code does: common words and rare ones. */
static void make_code(maker *m, uint8_t *out, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i += 4) {
        const uint64_t chance = sim_random(&m->random);
        const uint32_t common = (uint32_t)(chance >> 8 & 0x3F) * 0x01000193u;
        bytes_put_le32(out + i, (chance & 3) == 0 ? (uint32_t)(chance >> 32) : common);
    }
}

/* An image in the making: where it is, and what its trailer needs. */
typedef struct image {
    uint64_t at, start;
    uint8_t checksum;
    digest *sha;
    bool ok;
} image;

static void image_bytes(maker *m, image *im, const uint8_t *bytes, size_t size)
{
    put(m, im->at, bytes, size);
    im->at += size;
    im->ok = im->ok && digest_update(im->sha, bytes, size, NULL) == ESPBAK_OK;
}

static uint8_t size_code(const sim_chip *chip, uint64_t size)
{
    uint8_t power = 0;
    while (((uint64_t)1 << 20 << power) < size)
        power++;
    return chip->size_code != NULL ? chip->size_code(power) : power;
}

/* What goes to one address: what is known of it, and code behind that. */
typedef struct segment {
    uint32_t address;
    const uint8_t *head;
    size_t head_size, code;
} segment;

/* esptool bin_image.py: common header, and behind it the extended one that all but the first chip have. */
static void image_header(maker *m, image *im, uint8_t segments, uint32_t entry)
{
    const sim_chip *chip = m->options->chip;
    uint8_t header[24] = {0xE9, segments, 2 /* DIO */};
    header[3] = (uint8_t)(size_code(chip, sim_flash_size(m->flash)) << 4 | 0xF); /* 80 MHz */
    bytes_put_le32(header + 4, chip->short_header ? chip->ram[1].start : entry);
    header[8] = 0xEE; /* no write-protect pin */
    bytes_put_le16(header + 12, chip->id);
    bytes_put_le16(header + 17, 65535); /* highest revision */
    header[23] = 1;                     /* a SHA-256 follows */
    image_bytes(m, im, header, chip->short_header ? 8 : sizeof(header));
}

static void image_segment(maker *m, image *im, const segment *s)
{
    uint8_t piece[1024];
    bytes_put_le32(piece, s->address);
    bytes_put_le32(piece + 4, (uint32_t)(s->head_size + s->code));
    image_bytes(m, im, piece, 8);
    image_bytes(m, im, s->head, s->head_size);
    for (size_t i = 0; i < s->head_size; i++)
        im->checksum ^= s->head[i];
    for (size_t done = 0; done < s->code; done += sizeof(piece)) {
        make_code(m, piece, sizeof(piece));
        for (size_t i = 0; i < sizeof(piece); i++)
            im->checksum ^= piece[i];
        image_bytes(m, im, piece, sizeof(piece));
    }
}

/* The checksum ends a block of 16; the SHA-256 of all before it follows. */
static void image_end(maker *m, image *im)
{
    uint8_t tail[16] = {0};
    const size_t length = (size_t)((im->at - im->start) % 16);
    tail[15 - length] = im->checksum;
    image_bytes(m, im, tail, 16 - length);
    uint8_t sha[DIGEST_SHA256_SIZE];
    if (im->ok && !m->options->chip->short_header && digest_finish(im->sha, sha, NULL) == ESPBAK_OK)
        put(m, im->at, sha, sizeof(sha));
    digest_free(im->sha);
}

/* It begins where its last segment does, or in the code RAM of the chip that has short headers. */
static void make_image(maker *m, uint64_t at, const segment *segments, size_t count)
{
    image im = {.at = at, .start = at, .checksum = 0xEF, .ok = true};
    if (digest_new(&im.sha, DIGEST_SHA256, NULL) != ESPBAK_OK)
        return;
    image_header(m, &im, (uint8_t)count, segments[count - 1].address);
    for (size_t i = 0; i < count; i++)
        image_segment(m, &im, &segments[i]);
    image_end(m, &im);
}

static void make_bootloader(maker *m)
{
    uint8_t head[80] = {80}; /* ESP-IDF esp_bootloader_desc.h: magic, version, IDF version, date */
    bytes_put_le32(head + 4, 1);
    memcpy(head + 8, "v5.4.1", 7);
    memcpy(head + 40, "Jan  1 2026 12:00:00", 21);
    const segment only = {m->options->chip->ram[0].start, head, sizeof(head), BOOTLOADER_CODE};
    make_image(m, m->options->chip->bootloader_offset, &only, 1);
}

/* Data and code as the cache shows them: each at the place within a page that it has in the flash. */
static void make_app_image(maker *m, const uint8_t *head, size_t head_size, size_t code)
{
    enum { HEADERS = 24 + 2 * 8, PARTS = 4 }; /* a quarter is data */
    const sim_chip *chip = m->options->chip;
    const uint32_t cache = chip->cache != 0 ? chip->cache : CACHE;
    const uint32_t place = (uint32_t)(APP_AT + HEADERS + head_size + code / PARTS);
    const segment one = {cache, head, head_size, code};
    const segment two[] = {{cache, head, head_size, code / PARTS},
                           {(chip->code != 0 ? chip->code : CODE) + place % PAGE, head, 0, code - code / PARTS}};
    make_image(m, APP_AT, chip->short_header ? &one : two, chip->short_header ? 1 : 2);
}

static void make_app(maker *m)
{
    uint8_t head[256] = {0}; /* ESP-IDF esp_app_desc.h */
    bytes_put_le32(head, 0xABCD5432);
    memcpy(head + 16, "1.2.3", 6);
    memcpy(head + 48, "simulated", 10);
    memcpy(head + 80, "12:00:00", 9);
    memcpy(head + 96, "Jan  1 2026", 12);
    memcpy(head + 112, "v5.4.1", 7);
    make_code(m, head + 144, 32); /* SHA-256 of the ELF file */
    bytes_put_le16(head + 178, 65535);
    head[180] = 16; /* MMU pages of 64 KiB, as a power of two */
    const size_t code = sim_flash_size(m->flash) < SMALL_SLOTS ? SMALL_APP_CODE : APP_CODE;
    make_app_image(m, head, sizeof(head), code);
}

static size_t table_row(uint8_t *row, uint8_t type, uint8_t subtype, uint32_t offset, uint32_t size, const char *name)
{
    memset(row, 0, 32);
    row[0] = 0xAA;
    row[1] = 0x50;
    row[2] = type;
    row[3] = subtype;
    bytes_put_le32(row + 4, offset);
    bytes_put_le32(row + 8, size);
    strncpy((char *)row + 12, name, 16);
    return 32;
}

/* The layout of the firmware guide for 16 MB; other sizes are cut the same way. */
static void make_table(maker *m)
{
    uint8_t rows[7 * 32 + 32];
    const uint32_t size = (uint32_t)sim_flash_size(m->flash);
    const uint32_t slot = size / 4, half = size / 2;
    size_t at = 0;
    at += table_row(rows + at, 1, 0x02, NVS_AT, 0x4000, "nvs");
    at += table_row(rows + at, 1, 0x00, OTADATA_AT, 0x2000, "otadata");
    at += table_row(rows + at, 1, 0x01, PHY_AT, 0x1000, "phy_init");
    at += table_row(rows + at, 0, 0x10, APP_AT, slot < half - APP_AT ? slot : half - APP_AT, "ota_0");
    at += table_row(rows + at, 0, 0x11, APP_AT + slot, half - APP_AT - slot, "ota_1");
    at += table_row(rows + at, 1, 0x82, half, half, "assets");
    memset(rows + at, 0xFF, 32); /* gen_esp32part.py: a row with the MD5 of those before it */
    rows[at] = rows[at + 1] = 0xEB;
    if (digest_of(DIGEST_MD5, rows, at, rows + at + 16, NULL) == ESPBAK_OK)
        put(m, TABLE_AT, rows, at + 32);
}

/* ESP's CRC-32 starts from 0xFFFFFFFF and inverts that once more. */
static uint32_t esp_crc(const uint8_t *bytes, size_t size)
{
    return (uint32_t)crc32(0xFFFFFFFF, bytes, (uInt)size);
}

static void make_otadata(maker *m)
{
    uint8_t entry[32];
    memset(entry, 0xFF, sizeof(entry));
    bytes_put_le32(entry, 1);      /* sequence: slot 0 */
    bytes_put_le32(entry + 24, 2); /* ESP_OTA_IMG_VALID */
    bytes_put_le32(entry + 28, esp_crc(entry, 4));
    put(m, OTADATA_AT, entry, sizeof(entry));
}

typedef struct nvs_page {
    uint8_t bytes[SIM_SECTOR];
    unsigned entries;
} nvs_page;

enum { NVS_U8 = 0x01, NVS_U32 = 0x04, NVS_STRING = 0x21 };

/* ESP-IDF nvs_flash README, "Structure of entry". */
static void nvs_entry(nvs_page *page, uint8_t space, uint8_t type, const char *key, const uint8_t data[8],
                      const char *text)
{
    const size_t length = text != NULL ? strlen(text) + 1 : 0;
    const unsigned span = 1 + (unsigned)((length + 31) / 32);
    uint8_t *entry = page->bytes + 64 + (size_t)32 * page->entries;
    memset(entry, 0, 32);
    entry[0] = space;
    entry[1] = type;
    entry[2] = (uint8_t)span;
    entry[3] = 0xFF;
    strncpy((char *)entry + 8, key, 15);
    memcpy(entry + 24, data, 8);
    if (text != NULL) {
        memcpy(entry + 32, text, length);
        bytes_put_le16(entry + 24, (uint16_t)length);
        bytes_put_le16(entry + 26, 0xFFFF);
        bytes_put_le32(entry + 28, esp_crc(entry + 32, length));
    }
    uint8_t covered[28]; /* all but the checksum itself */
    memcpy(covered, entry, 4);
    memcpy(covered + 4, entry + 8, 24);
    bytes_put_le32(entry + 4, esp_crc(covered, sizeof(covered)));
    for (unsigned i = 0; i < span; i++, page->entries++)
        page->bytes[32 + page->entries / 4] &= (uint8_t)~(1u << (page->entries % 4 * 2)); /* 11 empty, 10 written */
}

static void make_nvs(maker *m)
{
    static const uint8_t one[8] = {1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    static const uint8_t boots[8] = {42, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    nvs_page page = {.entries = 0};
    memset(page.bytes, 0xFF, sizeof(page.bytes));
    bytes_put_le32(page.bytes, 0xFFFFFFFE); /* active */
    bytes_put_le32(page.bytes + 4, 0);      /* sequence */
    page.bytes[8] = 0xFE;                   /* version 2 */
    bytes_put_le32(page.bytes + 28, esp_crc(page.bytes + 4, 24));
    nvs_entry(&page, 0, NVS_U8, "settings", one, NULL); /* name space 1 */
    nvs_entry(&page, 1, NVS_STRING, "ssid", one, "simulated-network");
    nvs_entry(&page, 1, NVS_STRING, "password", one, "not-a-secret");
    nvs_entry(&page, 1, NVS_U32, "boots", boots, NULL);
    put(m, NVS_AT, page.bytes, sizeof(page.bytes));
}

static void make_assets(maker *m)
{
    char line[64];
    uint64_t at = sim_flash_size(m->flash) / 2;
    const uint64_t end = at + ASSET_BYTES;
    for (unsigned i = 0; at < end; i++) {
        const int size = snprintf(line, sizeof(line), "asset %u of the simulated %s\n", i, m->options->chip->title);
        put(m, at, (const uint8_t *)line, (size_t)size);
        at += (uint64_t)size;
    }
}

void default_image_write(sim_flash *flash, const sim_chip_options *options)
{
    maker m = {.flash = flash, .options = options, .random = options->chip->id + 1u};
    make_bootloader(&m);
    if (sim_flash_size(flash) < SMALL_FLASH)
        return;
    make_table(&m);
    make_nvs(&m);
    make_otadata(&m);
    make_app(&m);
    make_assets(&m);
}
