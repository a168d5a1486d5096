/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/serial/bridges.h"

#include <string.h>

/*
 * Limits from the vendors' data sheets, unless another source is named. Where only the family is known by its product
 * ID, the limit is that of its slowest member which ESP boards carry. How rates are divided is taken from the drivers
 * in Linux, drivers/usb/serial:
 *
 *   CP210x   cp210x.c, cp210x_get_actual_rate: 48 MHz / 2n; cp210x_init_max_speed has the limits
 *   CH340    ch341.c, ch341_get_divisor: 48 MHz / (2^k n), of which these two reach the highest rates, up to 3 Mbaud;
 *            the data sheet promises 2 Mbaud
 *   FT232R   ftdi_sio.c, ftdi_232bm_baud_base_to_divisor: 3 MHz by eighths, but only by 1, 1.5 and from 2 on
 *   FT232H   the same, ftdi_2232h_baud_base_to_divisor: 12 MHz
 *   PL2303   pl2303.c, pl2303_encode_baud_rate_divisor: 12 MHz * 32 / n. Its limits are in pl2303_type_data: 1228800 of
 *            type H, 6 Mbaud of HX and TA, 12 Mbaud of later ones. By vendor and product they cannot be told apart; the
 *            driver can, and tells what it has set.
 *
 * CH343, CH9102 and their like say no rate that they cannot come near (CH343 data sheet: 1.6 % at the most).
 */
static const bridge_divider cp210x[] = {{24000000, 1, UINT16_MAX}, {0}};
static const bridge_divider ch34x[] = {{6000000, 2, 256}, {12000000, 9, 256}, {0}};
static const bridge_divider ft232r[] = {{24000000, 8, 8}, {24000000, 12, 12}, {24000000, 16, UINT16_MAX}, {0}};
static const bridge_divider ft232h[] = {{96000000, 8, 8}, {96000000, 12, 12}, {96000000, 16, UINT16_MAX}, {0}};
static const bridge_divider pl2303[] = {{384000000, 64, 511}, {0}};

static const ports_bridge bridges[] = {
    {0x10C4, 0xEA60, "CP2102N", ESPBAK_PORT_BRIDGE, 3000000, "CP2102N", cp210x},
    {0x10C4, 0xEA60, "CP2104", ESPBAK_PORT_BRIDGE, 2000000, "CP2104", cp210x},
    {0x10C4, 0xEA60, "CP2102", ESPBAK_PORT_BRIDGE, 1000000, "CP2102", cp210x},
    {0x10C4, 0xEA60, NULL, ESPBAK_PORT_BRIDGE, 1000000, "CP210x", cp210x}, /* under a name of its maker's choice */
    {0x10C4, 0xEA64, NULL, ESPBAK_PORT_BRIDGE, 3000000, "CP2102C", NULL},
    {0x10C4, 0xEA70, NULL, ESPBAK_PORT_BRIDGE, 2000000, "CP2105", cp210x},
    {0x10C4, 0xEA71, NULL, ESPBAK_PORT_BRIDGE, 2000000, "CP2108", NULL},
    {0x1A86, 0x7523, NULL, ESPBAK_PORT_BRIDGE, 3000000, "CH340", ch34x},
    {0x1A86, 0x7522, NULL, ESPBAK_PORT_BRIDGE, 3000000, "CH340K", ch34x},
    {0x1A86, 0x5523, NULL, ESPBAK_PORT_BRIDGE, 3000000, "CH341", ch34x},
    {0x1A86, 0x55D2, NULL, ESPBAK_PORT_BRIDGE, 6000000, "CH342",
     NULL}, /* two ports; on the SenseCAP Watcher one is the ESP */
    {0x1A86, 0x55D3, NULL, ESPBAK_PORT_BRIDGE, 6000000, "CH343", NULL},
    {0x1A86, 0x55D4, NULL, ESPBAK_PORT_BRIDGE, 4000000, "CH9102", NULL},
    {0x1A86, 0x55D5, NULL, ESPBAK_PORT_BRIDGE, 6000000, "CH344", NULL},
    {0x1A86, 0x55D8, NULL, ESPBAK_PORT_BRIDGE, 4000000, "CH9101", NULL},
    {0x0403, 0x6001, NULL, ESPBAK_PORT_BRIDGE, 3000000, "FT232R", ft232r},
    {0x0403, 0x6010, NULL, ESPBAK_PORT_BRIDGE, 12000000, "FT2232", ft232h},
    {0x0403, 0x6011, NULL, ESPBAK_PORT_BRIDGE, 12000000, "FT4232H", ft232h},
    {0x0403, 0x6014, NULL, ESPBAK_PORT_BRIDGE, 12000000, "FT232H", ft232h},
    {0x0403, 0x6015, NULL, ESPBAK_PORT_BRIDGE, 3000000, "FT231X", ft232r},
    {0x067B, 0x2303, NULL, ESPBAK_PORT_BRIDGE, 6000000, "PL2303", pl2303},
    {0x067B, 0x23A3, NULL, ESPBAK_PORT_BRIDGE, 12000000, "PL2303GC", NULL},
    {0x067B, 0x23C3, NULL, ESPBAK_PORT_BRIDGE, 12000000, "PL2303GT", NULL},
    {0x303A, 0x1001, NULL, ESPBAK_PORT_USB_SERIAL_JTAG, 0, "USB-Serial-JTAG", NULL},
    {0x303A, 0x1002, NULL, ESPBAK_PORT_BRIDGE, 3000000, "ESP-USB-Bridge", NULL},
    {0x303A, 0x0002, NULL, ESPBAK_PORT_USB_OTG, 0, "ESP32-S2 USB", NULL},
    {0x303A, 0x0009, NULL, ESPBAK_PORT_USB_OTG, 0, "ESP32-S3 USB", NULL},
    {0x303A, 0x0012, NULL, ESPBAK_PORT_USB_OTG, 0, "ESP32-P4 USB", NULL},
    {0x303A, PORTS_ANY_PID, NULL, ESPBAK_PORT_USB_OTG, 0, "Espressif USB", NULL},
};

const ports_bridge *ports_bridges(size_t *count)
{
    *count = sizeof(bridges) / sizeof(bridges[0]);
    return bridges;
}

static bool is_named(const ports_bridge *bridge, const char *product)
{
    return bridge->product == NULL ||
           (product != NULL && strncmp(product, bridge->product, strlen(bridge->product)) == 0);
}

const ports_bridge *ports_find_bridge(uint16_t vid, uint16_t pid, const char *product)
{
    for (size_t i = 0; i < sizeof(bridges) / sizeof(bridges[0]); i++) {
        const ports_bridge *bridge = &bridges[i];
        if (bridge->vid == vid && (bridge->pid == pid || bridge->pid == PORTS_ANY_PID) && is_named(bridge, product))
            return bridge;
    }
    return NULL;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static uint32_t nearest_rate(const bridge_divider *divider, uint32_t baud)
{
    const uint32_t wanted = (divider->clock + baud / 2) / baud;
    const uint32_t least = wanted < divider->least ? divider->least : wanted;
    return divider->clock / (least > divider->most ? divider->most : least);
}

uint32_t ports_bridge_rate(const ports_bridge *bridge, uint32_t baud)
{
    uint32_t best = 0;
    if (baud == 0 || bridge->dividers == NULL)
        return baud;
    for (const bridge_divider *divider = bridge->dividers; divider->clock != 0; divider++) {
        const uint32_t rate = nearest_rate(divider, baud);
        if (best == 0 || distance(rate, baud) < distance(best, baud))
            best = rate;
    }
    return best;
}
