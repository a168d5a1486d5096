/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CHIPS_H
#define SIM_CHIPS_H

/*
 * The simulator's own chip table, taken from esptool's targets and Espressif's esp-stub-lib and not
 * from src/device: the two must be able to disagree, or a wrong address would prove itself right.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a mask ROM loader knows beyond SYNC, READ_REG, WRITE_REG, MEM_* and FLASH_*. */
typedef enum sim_rom_ability {
    SIM_ROM_LATER = 1u << 0,       /**< ESP32 and later: attach, set params, slow read, MD5, deflate, baud */
    SIM_ROM_SECURITY = 1u << 1,    /**< GET_SECURITY_INFO */
    SIM_ROM_SECURITY_ID = 1u << 2, /**< … with chip id: 20 bytes instead of the S2's 12 */
    SIM_ROM_BEGIN_20 = 1u << 3,    /**< FLASH_BEGIN takes exactly five words, not four */
} sim_rom_ability;

enum {
    SIM_NO_CHIP_ID = 0xFFFF,
    SIM_RAM_RANGES = 4,
    SIM_NO_REGISTER = 0xFFFF, /**< an SPI register offset the controller lacks */
};

typedef struct sim_range {
    uint32_t start, end; /**< end is the first address behind it */
} sim_range;

/** SPI1, as offsets from `base`. */
typedef struct sim_spi_registers {
    uint32_t base;
    uint16_t usr, usr1, usr2, mosi_dlen, miso_dlen, w0;
    bool address_msb; /**< the address is left-aligned in its register */
} sim_spi_registers;

/** RTC or main watchdog that resets the whole chip. */
typedef struct sim_watchdog {
    uint32_t protect, config0, config1; /**< 0: this chip has none esptool uses */
    uint32_t key;
} sim_watchdog;

/** What an eFuse field holds. */
typedef enum sim_fuse {
    SIM_FUSE_MAC_LOW,   /**< last four bytes of the MAC, as a number */
    SIM_FUSE_MAC_HIGH,  /**< first two bytes */
    SIM_FUSE_MAC_EXT,   /**< FF FE: the middle of the EUI-64 */
    SIM_FUSE_MAC_CRC,   /**< ESP32 keeps a CRC-8 beside its MAC */
    SIM_FUSE_MAC_OUI,   /**< ESP8266: first three bytes */
    SIM_FUSE_MAC_34,    /**< ESP8266: bytes 3 and 4 */
    SIM_FUSE_MAC_5,     /**< ESP8266: byte 5 */
    SIM_FUSE_MAJOR,     /**< chip revision */
    SIM_FUSE_MAJOR_BAR, /**< ESP32: one bit set for each major revision up to this one */
    SIM_FUSE_MINOR,
    SIM_FUSE_CRYPT,       /**< flash encryption counter: odd number of bits set = on */
    SIM_FUSE_SECURE_BOOT, /**< v2, or v1 where a chip has no other */
    SIM_FUSE_SECURE_BOOT_1,
    SIM_FUSE_PURPOSE,     /**< purpose of key block 0: XTS-AES-128 when encrypted */
    SIM_FUSE_KEY_MANAGER, /**< flash key comes from the Key Manager */
    SIM_FUSE_XPD,         /**< ESP32-P4: flash is powered in download mode */
    SIM_FUSE_CK8M,        /**< ESP32: 8 MHz clock, for the ROM's idea of the crystal */
    SIM_FUSE_OCTAL,       /**< flash type: eight lines */
    SIM_FUSE_KEY,         /**< a non-zero word of a key block */
    SIM_FUSE_FIXED,       /**< `from` itself is the value */
} sim_fuse;

typedef struct sim_fuse_field {
    sim_fuse kind;
    uint8_t from; /**< lowest bit of the value that goes here, or the value of SIM_FUSE_FIXED */
    uint32_t address;
    uint8_t shift, bits;
} sim_fuse_field;

typedef struct sim_chip {
    const char *name; /**< "esp32s3" */
    const char *title;
    uint16_t id;    /**< as in image headers and GET_SECURITY_INFO */
    uint32_t magic; /**< word at 0x40001000 */
    unsigned rom;   /**< sim_rom_ability bits */
    sim_spi_registers spi;
    uint32_t uart_clkdiv;    /**< 0 where esptool reads none */
    uint8_t crystal_mhz;     /**< default; 26 where that is what most modules carry */
    uint8_t rom_crystal_mhz; /**< what the ROM believes it is; CHANGE_BAUDRATE is wrong by the ratio of both */
    sim_watchdog watchdog;
    uint32_t strap, force_download;
    uint32_t bootloader_offset;
    sim_range ram[SIM_RAM_RANGES];
    uint32_t legacy_data; /**< where the legacy stub puts its data; 0: there is no legacy stub */
    bool wide_current;    /**< the current stub addresses more than 16 MB */
    bool wide_legacy;
    bool serial_jtag, otg;
    bool usb_watchdog; /**< its RTC watchdog outlives a reset over USB, and esptool stops it */
    uint16_t revision; /**< default, major * 100 + minor */
    uint32_t default_size;
    const sim_fuse_field *fuses; /**< ends with a field of 0 bits */
    uint32_t pcr_sysclk;         /**< register whose top byte is the crystal the ROM expects; 0: none */
    uint32_t rtc_cali;           /**< ESP32: calibration result from which the ROM guesses its crystal */
    uint32_t flash_power;        /**< ESP32-P4: register that forces the flash supply on */
    uint32_t rom_read_slot;      /**< ESP32-S3: ROM's function pointer for flash reads, the way around secure boot */
} sim_chip;

const sim_chip *sim_chips(size_t *count);
/** By name; case, '-' and '_' are ignored. NULL when there is none. */
const sim_chip *sim_chip_by_name(const char *name);

#endif
