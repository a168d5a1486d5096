/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/line/bridge.h"

#include <string.h>

/*
 * Limits by data sheets: Silicon Labs CP2102, CP2104, CP2102N; WCH CH340, CH343, CH9102; FTDI FT232R, FT232H; Prolific
 * PL2303HX. Clocks by AN205 and the CP2104 data sheet (48 MHz / 2n), the CH341 programmer's notes (12 MHz / n for what
 * is fast), FTDI AN120 (3 and 12 MHz by eighths, of which not all exist below a divider of 2). What a CH340 does
 * between the 2 Mbaud of its data sheet and the 3 Mbaud of its drivers, and a PL2303HX between 3 and 6, is made up.
 */
static const sim_bridge bridges[] = {
    {"cp2102", 0x10C4, 0xEA60, "CP2102 USB to UART Bridge Controller", "0001", 1000000, 1000000, 24000000, 1, 0},
    {"cp2104", 0x10C4, 0xEA60, "CP2104 USB to UART Bridge Controller", "01A2B3C4", 2000000, 2000000, 24000000, 1, 0},
    {"cp2102n", 0x10C4, 0xEA60, "CP2102N USB to UART Bridge Controller", "3ab4c5d6", 3000000, 3000000, 24000000, 1, 0},
    {"ch340", 0x1A86, 0x7523, "USB Serial", "", 3000000, 2000000, 12000000, 4, 0},
    {"ch343", 0x1A86, 0x55D3, "USB Single Serial", "5434001122", 6000000, 6000000, 0, 1, 0},
    {"ch9102", 0x1A86, 0x55D4, "USB Single Serial", "5434003344", 4000000, 4000000, 0, 1, 0},
    {"ft232r", 0x0403, 0x6001, "FT232R USB UART", "A50285BI", 3000000, 3000000, 24000000, 8, 16},
    {"ft232h", 0x0403, 0x6014, "Single RS232-HS", "FT5ABCDE", 12000000, 12000000, 96000000, 8, 16},
    {"pl2303", 0x067B, 0x2303, "USB-Serial Controller", "", 6000000, 3000000, 384000000, 64, 0},
};
enum { BRIDGES = sizeof(bridges) / sizeof(bridges[0]) };

static const double steepness = 4e-3; /* damaged bytes at twice the rate that it carries */

const sim_bridge *sim_bridges(size_t *count)
{
    *count = BRIDGES;
    return bridges;
}

const sim_bridge *sim_bridge_by_name(const char *name)
{
    for (size_t i = 0; i < BRIDGES; i++) {
        if (strcmp(bridges[i].name, name) == 0)
            return &bridges[i];
    }
    return NULL;
}

uint32_t sim_bridge_rate(const sim_bridge *bridge, uint32_t baud)
{
    if (baud == 0 || baud > bridge->most)
        return 0;
    if (bridge->clock == 0)
        return baud;
    uint32_t n = (bridge->clock + baud / 2) / baud;
    if (n < bridge->whole)
        n = (n + 2) / 4 * 4;
    return bridge->clock / (n > bridge->least ? n : bridge->least);
}

double sim_bridge_damage(const sim_bridge *bridge, uint32_t baud)
{
    return baud <= bridge->clean ? 0 : steepness * ((double)baud / bridge->clean - 1);
}
