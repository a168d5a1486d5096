/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pieces/dump.h"

#include <string.h>

#include "base/bytes.h"
#include "espbak/chip.h"
#include "ops/explain/explain.h"

enum {
    SMALLEST = 256 * 1024,   /* the least flash an ESP8266 module was sold with */
    SMALLEST_LATER = 1 << 20 /* and any of the later chips */
};

static espbak_status read_dump(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const dump_file *dump = ctx;
    uint8_t *out = buffer;
    const uint64_t left = offset < dump->held ? dump->held - offset : 0;
    const size_t there = (size_t)bytes_min64(size, left);
    memset(out + there, 0xFF, size - there);
    return there > 0 ? raw_file_read(dump->raw, offset, out, there, err) : ESPBAK_OK;
}

static espbak_status read_only_part(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err)
{
    const dump_file *dump = ctx;
    return raw_file_read(dump->raw, dump->raw->inside.parts[0].offset + offset, buffer, size, err);
}

espbak_image_reader dump_reader(dump_file *dump)
{
    return (espbak_image_reader){.read = read_dump, .ctx = dump, .size = dump->flash_size};
}

espbak_image_reader dump_held_reader(dump_file *dump)
{
    if (dump->raw->inside.part_count == 1)
        return (espbak_image_reader){.read = read_only_part, .ctx = dump, .size = dump->raw->inside.parts[0].size};
    return (espbak_image_reader){.read = read_dump, .ctx = dump, .size = dump->held};
}

uint64_t dump_held_from(const dump_file *dump, uint64_t offset)
{
    for (size_t i = 0; i < dump->raw->inside.part_count; i++) {
        const container_part *part = &dump->raw->inside.parts[i];
        if (offset >= part->offset && offset - part->offset < part->size)
            return part->size - (offset - part->offset);
    }
    return 0;
}

bool dump_is_whole(const dump_file *dump)
{
    return dump_held_from(dump, 0) >= dump->flash_size;
}

static uint64_t power_of_two_for(uint64_t size)
{
    uint64_t flash = SMALLEST;
    while (flash < size)
        flash *= 2;
    return flash;
}

/* A merged image ends where its last part does; how much flash there is stands in its first one. */
static espbak_status size_up(dump_file *dump, espbak_error *err)
{
    enum { MB = 1 << 20, LARGEST_CODE = 7 };
    const espbak_chip *chip = NULL;
    espbak_image_header header;
    bool found = false;
    dump->flash_size = power_of_two_for(dump->held);
    if (dump_is_whole(dump) && dump->held >= SMALLEST_LATER)
        return ESPBAK_OK;
    const espbak_image_reader reader = dump_reader(dump);
    if (explain_chip(&reader, &chip, err) != ESPBAK_OK)
        return err->status;
    if (chip == NULL || chip->esp8266_layouts)
        return ESPBAK_OK;
    if (espbak_image_header_read(&reader, chip->bootloader_offset, &header, &found, err) != ESPBAK_OK)
        return err->status;
    const uint64_t told = found && header.flash_size <= LARGEST_CODE ? (uint64_t)MB << header.flash_size : 0;
    if (told > dump->flash_size)
        dump->flash_size = told;
    return ESPBAK_OK;
}

espbak_status dump_open(dump_file *dump, const char *path, espbak_error *err)
{
    *dump = (dump_file){.raw = NULL};
    if (raw_file_open(&dump->raw, path, NULL, err) != ESPBAK_OK)
        return err->status;
    const container_foreign *foreign = dump->raw->inside.foreign;
    if (foreign != NULL) {
        espbak_fail(err, ESPBAK_E_FILE, "%s is %s, and no dump of a flash", path, foreign->what);
        espbak_error_hint(err, "%s", foreign->remedy);
        return ESPBAK_E_FILE;
    }
    dump->held = raw_file_end(dump->raw);
    return size_up(dump, err);
}

void dump_close(dump_file *dump)
{
    raw_file_close(dump->raw);
    *dump = (dump_file){.raw = NULL};
}
