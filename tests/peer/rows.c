/* SPDX-License-Identifier: Apache-2.0 */
/* What espbak's rows say of chips, one a line, for states.py to try it. */
#include <stdio.h>

#include "espbak/chip.h"

int main(void)
{
    size_t count = 0;
    const espbak_chip *const *chips = espbak_chips(&count);
    for (size_t i = 0; i < count; i++)
        printf("%s%s\n", chips[i]->name, chips[i]->four_byte_stub ? " four_byte_stub" : "");
    return 0;
}
