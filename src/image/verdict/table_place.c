/* SPDX-License-Identifier: Apache-2.0 */
#include "image/verdict/table_place.h"

#include <stdlib.h>

#include "image/verdict/code.h"

enum { SECTOR = 4096, CODE_MAX = 128 << 10 /* no bootloader has as much */ };

typedef struct places {
    uint64_t first;
    bool several;
} places;

static void take_call(void *user, uint32_t offset, uint32_t size)
{
    places *found = user;
    if (size != ESPBAK_PARTITION_TABLE_SIZE || offset == 0 || offset % SECTOR != 0 ||
        offset >= ESPBAK_PARTITION_SCAN_END)
        return;
    found->several = found->several || (found->first != 0 && found->first != offset);
    found->first = offset;
}

static bool holds_code(const espbak_boot_memory *chip, const espbak_image_segment *segment)
{
    const uint64_t end = (uint64_t)segment->address + segment->size;
    return (segment->address >= chip->iram.start && end <= chip->iram.end) ||
           (segment->address >= chip->loader.start && end <= chip->loader.end);
}

static espbak_status read_code(const espbak_image_reader *reader, const espbak_image *bootloader,
                               const espbak_boot_memory *chip, uint8_t *bytes, code_program *program, espbak_error *err)
{
    size_t used = 0;
    for (size_t i = 0; i < bootloader->segment_count; i++) {
        const espbak_image_segment *segment = &bootloader->segments[i];
        if (!holds_code(chip, segment) || segment->size > CODE_MAX - used)
            continue;
        if (reader->read(reader->ctx, segment->offset, bytes + used, segment->size, err) != ESPBAK_OK)
            return err->status;
        program->parts[program->count++] = (code_part){bytes + used, segment->address, segment->size};
        used += segment->size;
    }
    return ESPBAK_OK;
}

espbak_status table_place_find(const espbak_image_reader *reader, const espbak_image *bootloader,
                               const espbak_boot_memory *chip, uint64_t *place, espbak_error *err)
{
    places found = {.first = 0};
    code_program program = {.count = 0};
    uint8_t *bytes = malloc(CODE_MAX);
    *place = 0;
    if (bytes == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = read_code(reader, bootloader, chip, bytes, &program, err);
    if (status == ESPBAK_OK && chip->xtensa)
        code_xtensa_calls(&program, take_call, &found);
    else if (status == ESPBAK_OK)
        code_riscv_calls(&program, take_call, &found);
    free(bytes);
    if (!found.several)
        *place = found.first;
    return status;
}
