/* SPDX-License-Identifier: Apache-2.0 */
/* All chips: each file esp*.c of this folder is one, and defines the row sim_chip_<name of the file>. */
#include <ctype.h>

#include "chips/sim.h" /* made by CMake from the names of the files: CHIPS(DO) is DO(esp32) DO(esp32c2) … */
#include "sim/chip/chip.h"

#define DECLARE(name) extern const sim_chip sim_chip_##name;
#define ROW(name)     &sim_chip_##name,

CHIPS(DECLARE)

static const sim_chip *const rows[] = {CHIPS(ROW)};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const sim_chip *const *sim_chips(size_t *count)
{
    *count = ROWS;
    return rows;
}

static bool names_match(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_')
            a++;
        while (*b == '-' || *b == '_')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
    }
}

const sim_chip *sim_chip_by_name(const char *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (names_match(rows[i]->name, name))
            return rows[i];
    }
    return NULL;
}

bool sim_chip_has_fuse(const sim_chip *chip, sim_fuse kind)
{
    for (const sim_fuse_field *field = chip->fuses; field->bits != 0; field++) {
        if (field->kind == kind)
            return true;
    }
    return false;
}
