/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/chip/flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "sim/chip/sfdp.h"
#include "sim/chip/status.h"
#include "sim/common/random.h"

enum { SFDP_MAX = 256 };

struct sim_flash {
    FILE *file;
    uint64_t size;
    uint8_t *written; /* built-in image: a bit for each sector that is in the file; others are erased */
    uint32_t jedec;
    uint8_t unique[8];
    sim_status status;
    bool failed;
    uint8_t sfdp[SFDP_MAX];
    size_t sfdp_size;
};

static bool is_written(const sim_flash *f, uint64_t sector)
{
    return f->written == NULL || (f->written[sector / 8] >> (sector % 8) & 1) != 0;
}

static void load_sector(sim_flash *f, uint64_t sector, uint8_t bytes[SIM_SECTOR])
{
    memset(bytes, 0xFF, SIM_SECTOR);
    if (!is_written(f, sector))
        return;
    if (fseek(f->file, (long)(sector * SIM_SECTOR), SEEK_SET) != 0 || fread(bytes, 1, SIM_SECTOR, f->file) == 0)
        f->failed = true;
}

static void store_sector(sim_flash *f, uint64_t sector, const uint8_t bytes[SIM_SECTOR])
{
    if (fseek(f->file, (long)(sector * SIM_SECTOR), SEEK_SET) != 0 ||
        fwrite(bytes, 1, SIM_SECTOR, f->file) != SIM_SECTOR || fflush(f->file) != 0)
        f->failed = true;
    if (f->written != NULL)
        f->written[sector / 8] |= (uint8_t)(1u << (sector % 8));
}

static bool is_protected(const sim_flash *f, uint64_t sector)
{
    return status_protects(&f->status, sector, f->size / SIM_SECTOR);
}

void sim_flash_read(sim_flash *f, uint64_t address, uint8_t *bytes, size_t size)
{
    uint8_t sector[SIM_SECTOR];
    while (size > 0) {
        address %= f->size;
        const size_t within = address % SIM_SECTOR;
        const size_t count = size < SIM_SECTOR - within ? size : SIM_SECTOR - within;
        load_sector(f, address / SIM_SECTOR, sector);
        memcpy(bytes, sector + within, count);
        bytes += count;
        size -= count;
        address += count;
    }
}

void sim_flash_program(sim_flash *f, uint64_t address, const uint8_t *bytes, size_t size)
{
    uint8_t sector[SIM_SECTOR];
    while (size > 0) {
        address %= f->size;
        const size_t within = address % SIM_SECTOR;
        const size_t count = size < SIM_SECTOR - within ? size : SIM_SECTOR - within;
        if (!is_protected(f, address / SIM_SECTOR) && !bytes_are_all(bytes, count, 0xFF)) {
            load_sector(f, address / SIM_SECTOR, sector);
            for (size_t i = 0; i < count; i++)
                sector[within + i] &= bytes[i];
            store_sector(f, address / SIM_SECTOR, sector);
        }
        bytes += count;
        size -= count;
        address += count;
    }
}

static void erase_sector(sim_flash *f, uint64_t sector)
{
    if (is_protected(f, sector))
        return;
    if (f->written != NULL) {
        f->written[sector / 8] &= (uint8_t)~(1u << (sector % 8));
        return;
    }
    uint8_t erased[SIM_SECTOR];
    memset(erased, 0xFF, sizeof(erased));
    store_sector(f, sector, erased);
}

void sim_flash_erase(sim_flash *f, uint64_t address, uint64_t size)
{
    if (size == 0)
        return;
    const uint64_t first = address / SIM_SECTOR;
    const uint64_t last = (address + size - 1) / SIM_SECTOR;
    const uint64_t sectors = f->size / SIM_SECTOR;
    for (uint64_t i = 0; i <= last - first && i < sectors; i++)
        erase_sector(f, (first + i) % sectors);
}

bool sim_flash_erase_chip(sim_flash *f)
{
    if (status_protects_any(&f->status))
        return false;
    sim_flash_erase(f, 0, f->size);
    return true;
}

/* An opcode's row: what it does, and to which register or how many bytes. */
typedef struct flash_opcode {
    uint8_t opcode;
    void (*run)(sim_flash *f, const sim_flash_command *c, uint32_t what);
    uint32_t what;
} flash_opcode;

enum { WHOLE_FLASH = 0 };

static void answer(const sim_flash_command *c, const uint8_t *bytes, size_t size, size_t from)
{
    for (size_t i = 0; i < c->in_size; i++)
        c->in[i] = from + i < size ? bytes[from + i] : 0xFF;
}

static void read_jedec(sim_flash *f, const sim_flash_command *c, uint32_t what)
{
    const uint8_t jedec[3] = {(uint8_t)(f->jedec >> 16), (uint8_t)(f->jedec >> 8), (uint8_t)f->jedec};
    (void)what;
    answer(c, jedec, sizeof(jedec), 0);
}

static void read_sfdp(sim_flash *f, const sim_flash_command *c, uint32_t what)
{
    (void)what;
    answer(c, f->sfdp, f->sfdp_size, c->address);
}

static void read_unique(sim_flash *f, const sim_flash_command *c, uint32_t what)
{
    (void)what;
    answer(c, f->unique, sizeof(f->unique), 0);
}

static void read_data(sim_flash *f, const sim_flash_command *c, uint32_t what)
{
    (void)what;
    sim_flash_read(f, c->address, c->in, c->in_size);
}

static void program_page(sim_flash *f, const sim_flash_command *c, uint32_t what)
{
    (void)what;
    if (f->status.write_enabled)
        sim_flash_program(f, c->address, c->out, c->out_size);
    f->status.write_enabled = false;
}

static void run_erase(sim_flash *f, const sim_flash_command *c, uint32_t size)
{
    if (f->status.write_enabled && size == WHOLE_FLASH)
        (void)sim_flash_erase_chip(f);
    else if (f->status.write_enabled)
        sim_flash_erase(f, c->address / size * size, size);
    f->status.write_enabled = false;
}

/* Data sheets of the W25Q family; 4-byte forms from the W25Q256's. */
static const flash_opcode opcodes[] = {
    {0x9F, read_jedec, 0},          {0x5A, read_sfdp, 0},           {0x4B, read_unique, 0},
    {0x03, read_data, 0},           {0x0B, read_data, 0},           {0x13, read_data, 0},
    {0x02, program_page, 0},        {0x20, run_erase, SIM_SECTOR},  {0xD8, run_erase, SIM_BLOCK},
    {0xC7, run_erase, WHOLE_FLASH}, {0x60, run_erase, WHOLE_FLASH},
};

/* An opcode that the part does not know is ignored. */
void sim_flash_run(sim_flash *f, const sim_flash_command *c)
{
    memset(c->in, 0xFF, c->in_size);
    if (status_run(&f->status, c->opcode, c->out, c->out_size, c->in, c->in_size))
        return;
    for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
        if (opcodes[i].opcode == c->opcode)
            opcodes[i].run(f, c, opcodes[i].what);
    }
}

void sim_flash_unlock(sim_flash *f)
{
    status_unlock(&f->status);
}

void sim_flash_power_on(sim_flash *f)
{
    status_power_on(&f->status);
}

const sim_status *sim_flash_status(const sim_flash *f)
{
    return &f->status;
}

uint64_t sim_flash_size(const sim_flash *f)
{
    return f->size;
}

bool sim_flash_failed(const sim_flash *f)
{
    return f->failed;
}

static espbak_status fill_erased(sim_flash *f, uint64_t from, const char *path, espbak_error *err)
{
    uint8_t erased[SIM_SECTOR];
    memset(erased, 0xFF, sizeof(erased));
    if (fseek(f->file, (long)from, SEEK_SET) != 0)
        return espbak_fail(err, ESPBAK_E_FILE, "flash image %s cannot be written", path);
    for (uint64_t at = from; at < f->size;) {
        const size_t count = (size_t)bytes_min64(sizeof(erased), f->size - at);
        if (fwrite(erased, 1, count, f->file) != count)
            return espbak_fail(err, ESPBAK_E_FILE, "flash image %s cannot be written", path);
        at += count;
    }
    if (fflush(f->file) != 0)
        return espbak_fail(err, ESPBAK_E_FILE, "flash image %s cannot be written", path);
    return ESPBAK_OK;
}

static bool is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static espbak_status open_image(sim_flash *f, const sim_chip_options *o, espbak_error *err)
{
    f->file = file_stream(o->flash, "r+b");
    if (f->file == NULL)
        f->file = file_stream(o->flash, "w+bx");
    if (f->file == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "flash image %s cannot be opened for reading and writing", o->flash);
    long length = -1;
    if (fseek(f->file, 0, SEEK_END) == 0)
        length = ftell(f->file);
    if (length < 0)
        return espbak_fail(err, ESPBAK_E_FILE, "flash image %s has no size", o->flash);
    f->size = o->size != 0 ? o->size : length > 0 ? (uint64_t)length : o->chip->default_size;
    if (!is_power_of_two(f->size) || f->size < SIM_BLOCK || f->size > (256u << 20))
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "flash image %s is %ld bytes, which is no flash size; give size=", o->flash, length);
    if ((uint64_t)length > f->size)
        return espbak_fail(err, ESPBAK_E_USAGE, "flash image %s is larger than the flash", o->flash);
    return fill_erased(f, (uint64_t)length, o->flash, err);
}

static espbak_status open_builtin(sim_flash *f, const sim_chip_options *o, espbak_error *err)
{
    f->size = o->size != 0 ? o->size : o->chip->default_size;
    f->written = calloc((size_t)(f->size / SIM_SECTOR / 8), 1);
    if (f->written == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    f->file = tmpfile();
    if (f->file == NULL)
        return espbak_fail(err, ESPBAK_E_FILE, "no temporary file for the simulated flash can be made");
    return ESPBAK_OK;
}

/* Winbond's ids count the size as a power of two up to 16 MB, and go on from there. */
static uint32_t make_jedec(uint64_t size)
{
    uint32_t capacity = 0;
    while ((1ull << capacity) < size)
        capacity++;
    if (capacity >= 26) /* 64 MB and more: 0x20 and up */
        capacity = 0x20 + capacity - 26;
    return 0xEF4000u | capacity;
}

espbak_status sim_flash_open(sim_flash **out, const sim_chip_options *o, espbak_error *err)
{
    *out = NULL;
    sim_flash *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    const espbak_status status = o->flash[0] != '\0' ? open_image(f, o, err) : open_builtin(f, o, err);
    if (status != ESPBAK_OK) {
        sim_flash_close(f);
        return status;
    }
    f->status.kept[0] = o->status;
    f->status.kept[1] = 0x02; /* QE, as modules leave the factory */
    f->status.kept[2] = 0x60; /* output drive */
    f->status.lasting_only = o->lasting_status;
    f->status.deaf_to_reset = o->no_flash_reset;
    f->jedec = o->flash_id != 0 ? o->flash_id : make_jedec(f->size);
    uint64_t state = o->chip->id ^ f->size;
    const uint64_t unique = sim_random(&state);
    memcpy(f->unique, &unique, sizeof(f->unique));
    f->sfdp_size = o->no_sfdp ? 0 : sfdp_make(f->sfdp, sizeof(f->sfdp), o->sfdp_size != 0 ? o->sfdp_size : f->size);
    *out = f;
    return ESPBAK_OK;
}

void sim_flash_close(sim_flash *f)
{
    if (f == NULL)
        return;
    if (f->file != NULL)
        fclose(f->file);
    free(f->written);
    free(f);
}
