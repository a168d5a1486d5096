/* SPDX-License-Identifier: Apache-2.0 */
/* All chips: each file esp*.c of this folder is one, and defines the row chip_<name of the file>. */
#include <stddef.h>

#include "chips/device.h" /* made by CMake from the names of the files: CHIPS(DO) is DO(esp32) DO(esp32c2) … */
#include "espbak/chip.h"

#define DECLARE(name) extern const espbak_chip chip_##name;
#define ROW(name)     &chip_##name,

CHIPS(DECLARE)

static const espbak_chip *const chips[] = {CHIPS(ROW)};

const espbak_chip *const *espbak_chips(size_t *count)
{
    *count = sizeof(chips) / sizeof(chips[0]);
    return chips;
}
