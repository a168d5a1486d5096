/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/efuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/words.h"
#include "device/efuse/tables.h"
#include "espbak/chip.h"

enum { WORD_BITS = 32, HEX_FROM = 16 }; /* numbers of so many bits are masks more often than counts */

static const word_row categories[] = {
    [ESPBAK_EFUSE_SECURITY] = {.name = "security"},
    [ESPBAK_EFUSE_IDENTITY] = {.name = "identity"},
    [ESPBAK_EFUSE_MAC] = {.name = "mac"},
    [ESPBAK_EFUSE_FLASH] = {.name = "flash"},
    [ESPBAK_EFUSE_CALIBRATION] = {.name = "calibration"},
    [ESPBAK_EFUSE_OTHER] = {.name = "other"},
};
static const word_table category_words = WORD_TABLE(categories);

const char *espbak_efuse_category_name(espbak_efuse_category category)
{
    return words_name(&category_words, category);
}

static const espbak_efuse_block *find_block(const espbak_efuses *efuses, unsigned number)
{
    for (size_t i = 0; i < efuses->count && i < ESPBAK_EFUSE_BLOCKS; i++) {
        if (efuses->blocks[i].number == number)
            return &efuses->blocks[i];
    }
    return NULL;
}

/* The bits of a field and of the rows that go on with it; false where one of them is not in what was read. */
static bool take_bits(const efuse_table *table, size_t row, const espbak_efuses *efuses, uint8_t bytes[32],
                      unsigned *width)
{
    unsigned used = 0;
    memset(bytes, 0, 32);
    for (size_t i = row; i < table->field_count && (i == row || table->fields[i].name == NULL); i++) {
        const efuse_field *const field = &table->fields[i];
        const espbak_efuse_block *const block = find_block(efuses, field->block);
        if (block == NULL || field->bit + field->width >
                                 WORD_BITS * (block->count < ESPBAK_EFUSE_WORDS ? block->count : ESPBAK_EFUSE_WORDS))
            return false;
        for (unsigned bit = field->bit; bit < (unsigned)field->bit + field->width && used < 256; bit++, used++) {
            const uint32_t one = block->words[bit / WORD_BITS] >> (bit % WORD_BITS) & 1;
            bytes[used / 8] = (uint8_t)(bytes[used / 8] | one << used % 8);
        }
    }
    *width = used;
    return true;
}

static bool is_one(const efuse_table *table, const espbak_efuses *efuses, const char *name)
{
    uint8_t bytes[32];
    unsigned width;
    for (size_t i = 0; i < table->field_count; i++) {
        if (table->fields[i].name != NULL && strcmp(table->fields[i].name, name) == 0)
            return take_bits(table, i, efuses, bytes, &width) && bytes_get_le32(bytes) == 1;
    }
    return false;
}

static bool applies(const efuse_table *table, const efuse_field *field, const espbak_efuses *efuses, unsigned revision)
{
    return field->name != NULL && revision >= field->since && (field->below == 0 || revision < field->below) &&
           (field->needs == NULL || is_one(table, efuses, field->needs));
}

static void say_mac(const uint8_t *bytes, size_t count, bool backwards, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%02x", i > 0 ? ":" : "",
                                 bytes[backwards ? count - 1 - i : i]);
}

static void say_number(const efuse_table *table, unsigned width, espbak_efuse *out)
{
    const char *purpose = NULL;
    if (out->kind == ESPBAK_EFUSE_IS_PURPOSE && table->purposes != NULL && out->number < EFUSE_PURPOSES)
        purpose = table->purposes[out->number];
    if (purpose != NULL)
        snprintf(out->text, sizeof(out->text), "%s", purpose);
    else
        snprintf(out->text, sizeof(out->text), width >= HEX_FROM ? "0x%" PRIX64 : "%" PRIu64, out->number);
}

static void say(const efuse_table *table, const uint8_t bytes[32], unsigned width, espbak_efuse *out)
{
    switch (out->kind) {
    case ESPBAK_EFUSE_IS_FLAG:
        snprintf(out->text, sizeof(out->text), "%s", out->burnt ? "yes" : "no");
        break;
    case ESPBAK_EFUSE_IS_NUMBER:
    case ESPBAK_EFUSE_IS_PURPOSE:
        say_number(table, width, out);
        break;
    case ESPBAK_EFUSE_IS_BYTES:
        bytes_to_hex(out->text, bytes, width / 8);
        break;
    case ESPBAK_EFUSE_IS_MAC:
    case ESPBAK_EFUSE_IS_CUSTOM_MAC:
        say_mac(bytes, width / 8, out->kind == ESPBAK_EFUSE_IS_MAC, out->text, sizeof(out->text));
        break;
    }
}

bool espbak_efuse_next(const espbak_efuses *efuses, const espbak_chip *chip, unsigned revision, size_t *at,
                       espbak_efuse *out)
{
    const efuse_table *const table = chip != NULL ? chip->efuses : NULL;
    uint8_t bytes[32];
    unsigned width = 0;
    for (; table != NULL && *at < table->field_count; (*at)++) {
        const efuse_field *const field = &table->fields[*at];
        if (!applies(table, field, efuses, revision) || !take_bits(table, *at, efuses, bytes, &width))
            continue;
        *out = (espbak_efuse){.name = field->name,
                              .category = (espbak_efuse_category)field->category,
                              .kind = (espbak_efuse_kind)field->kind,
                              .burnt = !bytes_are_all(bytes, sizeof(bytes), 0),
                              .number = bytes_get_le32(bytes) | (uint64_t)bytes_get_le32(bytes + 4) << 32};
        say(table, bytes, width, out);
        (*at)++;
        return true;
    }
    return false;
}
