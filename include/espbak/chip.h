/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_CHIP_H
#define ESPBAK_CHIP_H

/*
 * The chip table: one const row for each chip. Adding a chip is adding a file (docs/adding-a-chip.md).
 * Sources: esptool/targets/<chip>.py, esp-stub-lib src/target/<chip>, ESP-IDF soc headers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a chip's mask ROM loader can do. */
typedef enum espbak_rom_cap {
    ESPBAK_ROM_READ_SLOW = 1u << 0, /**< READ_FLASH_SLOW, 64 bytes a request */
    ESPBAK_ROM_MD5 = 1u << 1,
    ESPBAK_ROM_DEFLATE = 1u << 2,
    ESPBAK_ROM_BAUD = 1u << 3, /**< CHANGE_BAUDRATE */
    ESPBAK_ROM_SECURITY_INFO = 1u << 4,
    ESPBAK_ROM_CHIP_ID = 1u << 5,        /**< GET_SECURITY_INFO carries the chip id (not on the S2) */
    ESPBAK_ROM_STATUS_4 = 1u << 6,       /**< four status bytes instead of two */
    ESPBAK_ROM_ENCRYPTED_FLAG = 1u << 7, /**< FLASH_BEGIN and DEFL_BEGIN take a fifth word */
    ESPBAK_ROM_ATTACH = 1u << 8,         /**< SPI_ATTACH and SPI_SET_PARAMS; without, FLASH_BEGIN attaches the flash */
} espbak_rom_cap;

/** How a chip reaches a USB host by itself. */
typedef enum espbak_chip_usb {
    ESPBAK_USB_NONE = 0,
    ESPBAK_USB_SERIAL_JTAG = 1u << 0,
    ESPBAK_USB_OTG = 1u << 1,
} espbak_chip_usb;

/** SPI1 controller registers, as offsets from `base` (0xFFFF where the controller has none). */
typedef struct espbak_spi_registers {
    uint32_t base;
    uint16_t usr, usr1, usr2, w0, mosi_dlen, miso_dlen, address;
    bool address_msb; /**< the address stands in the top bits of its register */
} espbak_spi_registers;

/** From `start` up to, not including, `end`; all zero: none. */
typedef struct espbak_address_range {
    uint32_t start, end;
} espbak_address_range;

/** What ESP-IDF's bootloader for the chip knows of its memory, and of its own header's fields. */
typedef struct espbak_boot_memory {
    espbak_address_range mapped[3]; /**< flash cache: what belongs there is mapped, not loaded */
    espbak_address_range dram, iram;
    espbak_address_range shared_dram, shared_iram; /**< the same memory on both buses; none where there is one bus */
    bool shared_inverted;                          /**< its words count the other way round on the other bus */
    espbak_address_range always[3];                /**< may be loaded without a further look: RTC memory and the like */
    espbak_address_range loader;                   /**< for the code that loads; none: the larger part in `iram` */
    uint32_t data_starts[3];                       /**< where its bootloaders have their data, falling; 0: no more */
    uint32_t stack_end;                            /**< of the ROM's stack, which the bootloader goes on with */
    bool xtensa;                                   /**< its code is Xtensa's; RISC-V's otherwise */
    bool pages_vary;                               /**< the size of a cache page is configured; 64 KB elsewhere */
    bool large_flash;                              /**< even its older bootloaders know flashes above 16 MB */
    bool large_slots;                              /**< its later ones load applications from slots above 16 MB */
    uint8_t modes;                                 /**< flash modes below this one are known to its ROM; 0: not known */
    uint16_t speeds;                               /**< a bit for each flash speed that its ROM takes; 0: not known */
    unsigned newest; /**< highest revision known, major * 100 + 99: a maximum of that or more says nothing */
} espbak_boot_memory;

struct espbak_chip {
    const char *name;       /**< what --chip takes: "esp32s3" */
    const char *title;      /**< "ESP32-S3" */
    uint16_t image_chip_id; /**< in image headers and GET_SECURITY_INFO; 0xFFFF: its images name no chip */
    uint32_t uf2_family;    /**< what UF2 files for it say; 0: not known */
    uint32_t magic;         /**< word at 0x40001000; 0 when the chip is known by its id */
    uint32_t rom_caps;      /**< espbak_rom_cap bits */
    unsigned usb;           /**< espbak_chip_usb bits */
    uint32_t bootloader_offset;
    bool esp8266_layouts;    /**< its flash is laid out as espbak_esp8266_layout has it, not as ESP-IDF does */
    bool secure_boot_digest; /**< secure boot may keep a digest at 0x0 instead of the bootloader's signature (v1) */
    bool four_byte_stub;     /**< its current stub addresses more than 16 MB, and so does our own loader */
    bool proven;             /**< tried on a real mask ROM */
    bool own_loader_proven;  /**< so was our own loader for it, reading (docs/loader.md) */
    bool own_writes_proven;  /**< and writing */
    espbak_spi_registers spi;
    const char *const *stub_names;     /**< NULL-terminated; JSON base names to try in order, by revision see stub.c */
    const struct espbak_chip_ops *ops; /**< the functions that read revision, MAC and so on; library internal */
    const struct espbak_chip_registers *registers; /**< further addresses; library internal */
    const struct espbak_efuse_table *efuses;       /**< espbak_efuse_next walks it; library internal */
    const espbak_boot_memory *boot_memory;         /**< NULL where it is not known */
};

/** All rows, by name; *count is their number. */
ESPBAK_API const espbak_chip *const *espbak_chips(size_t *count);

/** By name or title, case, '-' and '_' ignored; NULL when there is none. */
ESPBAK_API const espbak_chip *espbak_chip_by_name(const char *name);

/** By the id in an image header; NULL when there is none. */
ESPBAK_API const espbak_chip *espbak_chip_by_image_id(uint16_t id);

/** By the family of a UF2 file; NULL when there is none. */
ESPBAK_API const espbak_chip *espbak_chip_by_uf2_family(uint32_t family);

#ifdef __cplusplus
}
#endif

#endif
