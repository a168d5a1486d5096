/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/loader/own_chips.h"

#include <stddef.h>

#include "sim/chip/chips.h"

static const own_chip chips[] = {
    {.id = SIM_NO_CHIP_ID, .uart_mhz = 52, .usb_mhz = 52, .block = 16, .ring = 8}, /* ESP8266 */
    {.id = 0, .uart_mhz = 160, .usb_mhz = 160, .block = 64, .ring = 32, .deflates = true, .leaves_to_rom = true},
    {.id = 2, .uart_mhz = 240, .usb_mhz = 240, .block = 48, .ring = 16, .deflates = true},                      /* S2 */
    {.id = 9, .block = 64, .ring = 32, .deflates = true},                                                       /* S3 */
    {.id = 12, .block = 32, .ring = 16, .deflates = true, .riscv = true},                                       /* C2 */
    {.id = 5, .usb_mhz = 160, .block = 64, .ring = 32, .deflates = true, .leaves_to_rom = true, .riscv = true}, /* C3 */
    {.id = 23, .block = 56, .ring = 32, .deflates = true, .riscv = true},                                       /* C5 */
    {.id = 13, .block = 64, .ring = 32, .deflates = true, .riscv = true},                                       /* C6 */
    {.id = 20, .block = 64, .ring = 16, .deflates = true, .riscv = true}, /* C61 */
    {.id = 16, .block = 40, .ring = 32, .deflates = true, .riscv = true}, /* H2 */
    {.id = 18, .block = 64, .ring = 32, .deflates = true, .riscv = true}, /* P4 */
};

const own_chip *own_chip_find(uint16_t id)
{
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
        if (chips[i].id == id)
            return &chips[i];
    }
    return NULL;
}
