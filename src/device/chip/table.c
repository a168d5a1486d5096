/* SPDX-License-Identifier: Apache-2.0 */
/* One row a chip; sources as in espbak/chip.h. */
#include "espbak/chip.h"

#include <stddef.h>

#include "device/chip/registers.h"

enum { NO_REGISTER = 0xFFFF, NO_CHIP_ID = 0xFFFF, NO_MAGIC = 0 };

enum {
    CAPS_ESP32 = ESPBAK_ROM_READ_SLOW | ESPBAK_ROM_MD5 | ESPBAK_ROM_DEFLATE | ESPBAK_ROM_BAUD | ESPBAK_ROM_STATUS_4,
    CAPS_S2 = CAPS_ESP32 | ESPBAK_ROM_SECURITY_INFO | ESPBAK_ROM_ENCRYPTED_FLAG,
    CAPS_LATER = CAPS_S2 | ESPBAK_ROM_CHIP_ID,
};

/* The controller of the ESP32-S2 and all later chips, wherever it stands. */
#define SPI_LATER(at)                                                                                                  \
    {.base = (at),                                                                                                     \
     .usr = 0x18,                                                                                                      \
     .usr1 = 0x1C,                                                                                                     \
     .usr2 = 0x20,                                                                                                     \
     .w0 = 0x58,                                                                                                       \
     .mosi_dlen = 0x24,                                                                                                \
     .miso_dlen = 0x28,                                                                                                \
     .address = 0x04,                                                                                                  \
     .address_msb = false}

static const char *const no_stub[] = {NULL};
static const char *const stub_esp8266[] = {"esp8266", NULL};
static const char *const stub_esp32[] = {"esp32", NULL};
static const char *const stub_s2[] = {"esp32s2", NULL};
static const char *const stub_s3[] = {"esp32s3", NULL};
static const char *const stub_s31[] = {"esp32s31", NULL};
static const char *const stub_c2[] = {"esp32c2", NULL};
static const char *const stub_c3[] = {"esp32c3", NULL};
static const char *const stub_c5[] = {"esp32c5", NULL};
static const char *const stub_c6[] = {"esp32c6", NULL};
static const char *const stub_c61[] = {"esp32c61", NULL};
static const char *const stub_h2[] = {"esp32h2", NULL};
static const char *const stub_h4[] = {"esp32h4", NULL};
static const char *const stub_h21[] = {"esp32h21", NULL}; /* with esptool only, not in esptool-js 0.7.0 */
static const char *const stub_p4[] = {"esp32p4", "esp32p4-rev1", NULL};

static const espbak_chip chips[] = {
    {
        .name = "esp8266",
        .title = "ESP8266",
        .image_chip_id = NO_CHIP_ID,
        .magic = 0xFFF0C101,
        .rom_caps = 0,
        .bootloader_offset = 0,
        .spi = {.base = 0x60000200,
                .usr = 0x1C,
                .usr1 = 0x20,
                .usr2 = 0x24,
                .w0 = 0x40,
                .mosi_dlen = NO_REGISTER,
                .miso_dlen = NO_REGISTER,
                .address = 0x04,
                .address_msb = true},
        .stub_names = stub_esp8266,
        .ops = &chip_ops_esp8266,
        .registers = &chip_registers_esp8266,
    },
    {
        .name = "esp32",
        .title = "ESP32",
        .image_chip_id = 0,
        .magic = 0x00F01D83,
        .rom_caps = CAPS_ESP32,
        .bootloader_offset = 0x1000,
        .proven = true,
        .own_loader_proven = true,
        .spi = {.base = 0x3FF42000,
                .usr = 0x1C,
                .usr1 = 0x20,
                .usr2 = 0x24,
                .w0 = 0x80,
                .mosi_dlen = 0x28,
                .miso_dlen = 0x2C,
                .address = 0x04,
                .address_msb = true},
        .stub_names = stub_esp32,
        .ops = &chip_ops_esp32,
        .registers = &chip_registers_esp32,
    },
    {
        .name = "esp32s2",
        .title = "ESP32-S2",
        .image_chip_id = 2,
        .magic = 0x000007C6,
        .rom_caps = CAPS_S2,
        .usb = ESPBAK_USB_OTG,
        .bootloader_offset = 0x1000,
        .spi = SPI_LATER(0x3F402000),
        .stub_names = stub_s2,
        .ops = &chip_ops_esp32s2,
        .registers = &chip_registers_esp32s2,
    },
    {
        .name = "esp32s3",
        .title = "ESP32-S3",
        .image_chip_id = 9,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG | ESPBAK_USB_OTG,
        .bootloader_offset = 0,
        .four_byte_stub = true,
        .spi = SPI_LATER(0x60002000),
        .stub_names = stub_s3,
        .ops = &chip_ops_esp32s3,
        .registers = &chip_registers_esp32s3,
    },
    {
        .name = "esp32c2",
        .title = "ESP32-C2",
        .image_chip_id = 12,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_NONE,
        .bootloader_offset = 0,
        .spi = SPI_LATER(0x60002000),
        .stub_names = stub_c2,
        .ops = &chip_ops_esp32c2,
        .registers = &chip_registers_esp32c2,
    },
    {
        .name = "esp32c3",
        .title = "ESP32-C3",
        .image_chip_id = 5,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0,
        .proven = true,
        .own_loader_proven = true,
        .spi = SPI_LATER(0x60002000),
        .stub_names = stub_c3,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32c3,
    },
    {
        .name = "esp32c5",
        .title = "ESP32-C5",
        .image_chip_id = 23,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0x2000,
        .four_byte_stub = true,
        .spi = SPI_LATER(0x60003000),
        .stub_names = stub_c5,
        .ops = &chip_ops_esp32c5,
        .registers = &chip_registers_esp32c5,
    },
    {
        .name = "esp32c6",
        .title = "ESP32-C6",
        .image_chip_id = 13,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0,
        .spi = SPI_LATER(0x60003000),
        .stub_names = stub_c6,
        .ops = &chip_ops_esp32c6,
        .registers = &chip_registers_esp32c6,
    },
    {
        .name = "esp32c61",
        .title = "ESP32-C61",
        .image_chip_id = 20,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0,
        .four_byte_stub = true,
        .spi = SPI_LATER(0x60003000),
        .stub_names = stub_c61,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32c61,
    },
    {
        .name = "esp32h2",
        .title = "ESP32-H2",
        .image_chip_id = 16,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0,
        .spi = SPI_LATER(0x60003000),
        .stub_names = stub_h2,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32h2,
    },
    {
        .name = "esp32p4",
        .title = "ESP32-P4",
        .image_chip_id = 18,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG | ESPBAK_USB_OTG,
        .bootloader_offset = 0x2000,
        .four_byte_stub = true,
        .spi = SPI_LATER(0x5008D000),
        .stub_names = stub_p4,
        .ops = &chip_ops_esp32p4,
        .registers = &chip_registers_esp32p4,
    },
    {
        .name = "esp32h4",
        .title = "ESP32-H4",
        .image_chip_id = 28,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0x2000,
        .spi = SPI_LATER(0x60099000),
        .stub_names = stub_h4,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32h4,
    },
    {
        .name = "esp32h21",
        .title = "ESP32-H21",
        .image_chip_id = 25,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG,
        .bootloader_offset = 0,
        .spi = SPI_LATER(0x60003000),
        .stub_names = stub_h21,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32h21,
    },
    {
        .name = "esp32s31",
        .title = "ESP32-S31",
        .image_chip_id = 32,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_SERIAL_JTAG | ESPBAK_USB_OTG,
        .bootloader_offset = 0x2000,
        .four_byte_stub = true,
        .spi = SPI_LATER(0x20501000),
        .stub_names = stub_s31,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32s31,
    },
    {
        .name = "esp32e22",
        .title = "ESP32-E22",
        .image_chip_id = 31,
        .magic = NO_MAGIC,
        .rom_caps = CAPS_LATER,
        .usb = ESPBAK_USB_OTG,
        .bootloader_offset = 0,
        .spi = SPI_LATER(0xC3003000),
        .stub_names = no_stub,
        .ops = &chip_ops_none,
        .registers = &chip_registers_esp32e22,
    },
};

const espbak_chip *espbak_chips(size_t *count)
{
    *count = sizeof(chips) / sizeof(chips[0]);
    return chips;
}
