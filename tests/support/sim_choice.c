/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sim_choice.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "device/loader/stub/embedded.h"
#include "espbak/chip.h"
#include "sim/common/random.h"

static bool has_stub(const sim_chip *chip)
{
    for (const char *const *name = espbak_chip_by_name(chip->name)->stub_names; *name != NULL; name++) {
        for (size_t i = 0; i < stub_embedded_count; i++) {
            if (strcmp(stub_embedded_table[i].name, *name) == 0)
                return true;
        }
    }
    return false;
}

static bool has_own_loader(const sim_chip *chip)
{
    return chip->own.block != 0;
}

static bool has_legacy_stub(const sim_chip *chip)
{
    return chip->legacy_data != 0;
}

static bool has_jtag(const sim_chip *chip)
{
    return chip->serial_jtag;
}

/* How a chip is met, in turn; with each of these all chips that can get their turn. NULL: all can. */
static const struct way {
    const char *options;
    bool (*suits)(const sim_chip *chip);
} ways[] = {{"", NULL}, {"", NULL}, {",stub-kind=legacy", has_legacy_stub}, {"", NULL}, {",usb=jtag", has_jtag}};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* The `number`th of the chips that suit, or NULL. */
static const sim_chip *find_chip(const struct way *way, bool own, size_t number)
{
    size_t count;
    const sim_chip *const *chips = sim_chips(&count);
    for (size_t i = 0; i < count; i++) {
        const bool suits = (own ? has_own_loader : has_stub)(chips[i]);
        if (suits && (way->suits == NULL || way->suits(chips[i])) && number-- == 0)
            return chips[i];
    }
    return NULL;
}

const sim_chip *sim_choose_chip(uint64_t seed, bool own, const char **options)
{
    const struct way *way = &ways[seed % WAYS];
    uint64_t luck = seed;
    size_t count = 0;
    while (find_chip(way, own, count) != NULL)
        count++;
    *options = way->options;
    return find_chip(way, own, (size_t)(sim_random(&luck) % count));
}

void sim_fill_flash(uint64_t *random, uint8_t bytes[SIM_CHOICE_FLASH])
{
    for (size_t at = 0; at < SIM_CHOICE_FLASH; at += SIM_CHOICE_SECTOR) {
        const uint64_t kind = sim_random(random) % 4;
        for (size_t i = 0; i < SIM_CHOICE_SECTOR; i++)
            bytes[at + i] = kind < 2    ? (uint8_t)sim_random(random)
                            : kind == 2 ? 0xFF
                                        : (uint8_t)(at / SIM_CHOICE_SECTOR);
    }
}

void sim_fill_other_flash(uint64_t *random, uint8_t bytes[SIM_CHOICE_FLASH], const uint8_t like[SIM_CHOICE_FLASH])
{
    sim_fill_flash(random, bytes);
    for (size_t at = 0; at < SIM_CHOICE_FLASH; at += SIM_CHOICE_SECTOR) {
        if (sim_random(random) % 3 == 0)
            memcpy(bytes + at, like + at, SIM_CHOICE_SECTOR);
    }
}

bool sim_save_flash(const char *path, const uint8_t bytes[SIM_CHOICE_FLASH])
{
    FILE *out = fopen(path, "wb");
    const bool ok = out != NULL && fwrite(bytes, 1, SIM_CHOICE_FLASH, out) == SIM_CHOICE_FLASH;
    return out != NULL && fclose(out) == 0 && ok;
}

size_t sim_flash_first_wrong(const char *path, const uint8_t bytes[SIM_CHOICE_FLASH])
{
    static uint8_t found[SIM_CHOICE_FLASH + 1];
    size_t at = 0;
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return 0;
    const size_t size = fread(found, 1, sizeof(found), in);
    fclose(in);
    while (at < size && at < SIM_CHOICE_FLASH && found[at] == bytes[at])
        at++;
    return size > SIM_CHOICE_FLASH ? size : at;
}

bool sim_read_flash(const char *path, size_t at, uint8_t *bytes, size_t size)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return false;
    const bool got = fseek(in, (long)at, SEEK_SET) == 0 && fread(bytes, 1, size, in) == size;
    fclose(in);
    return got;
}

bool sim_flash_cannot_boot(const char *path, const sim_chip *chip)
{
    uint8_t sector[SIM_CHOICE_SECTOR];
    return sim_read_flash(path, chip->bootloader_offset, sector, sizeof(sector)) &&
           bytes_are_all(sector, sizeof(sector), 0xFF);
}
