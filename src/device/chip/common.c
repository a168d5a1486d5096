/* SPDX-License-Identifier: Apache-2.0 */
#include "device/chip/common.h"

const chip_ops chip_ops_none = {0};

const chip_label chip_c_flash_vendors[] = {{1, "XMC"}, {2, "GD"}, {3, "FM"}, {4, "TT"}, {5, "ZBIT"}, {0, NULL}};

bool chip_count_is_odd(uint32_t count)
{
    bool odd = false;
    for (; count != 0; count &= count - 1)
        odd = !odd;
    return odd;
}
