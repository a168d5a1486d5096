/* SPDX-License-Identifier: Apache-2.0 */
/* All chips: each file esp*.c of this folder is one, and defines the row chip_<name of the file>. */
#include <ctype.h>
#include <stddef.h>

#include "chips/device.h" /* made by CMake from the names of the files: CHIPS(DO) is DO(esp32) DO(esp32c2) … */
#include "espbak/chip.h"

#define DECLARE(name) extern const espbak_chip chip_##name;
#define ROW(name)     &chip_##name,

CHIPS(DECLARE)

static const espbak_chip *const rows[] = {CHIPS(ROW)};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const espbak_chip *const *espbak_chips(size_t *count)
{
    *count = ROWS;
    return rows;
}

static char next_letter(const char **text)
{
    while (**text == '-' || **text == '_')
        (*text)++;
    const char c = **text;
    if (c != '\0')
        (*text)++;
    return (char)tolower((unsigned char)c);
}

static bool names_equal(const char *a, const char *b)
{
    for (;;) {
        const char x = next_letter(&a), y = next_letter(&b);
        if (x != y)
            return false;
        if (x == '\0')
            return true;
    }
}

const espbak_chip *espbak_chip_by_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < ROWS; i++) {
        if (names_equal(rows[i]->name, name) || names_equal(rows[i]->title, name))
            return rows[i];
    }
    return NULL;
}

const espbak_chip *espbak_chip_by_uf2_family(uint32_t family)
{
    for (size_t i = 0; family != 0 && i < ROWS; i++) {
        if (rows[i]->uf2_family == family)
            return rows[i];
    }
    return NULL;
}

const espbak_chip *espbak_chip_by_image_id(uint16_t id)
{
    for (size_t i = 0; id != 0xFFFF && i < ROWS; i++) {
        if (rows[i]->image_chip_id == id)
            return rows[i];
    }
    return NULL;
}
