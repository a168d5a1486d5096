/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CHIP_H
#define SIM_CHIP_H

/*
 * What is the same on all chips of a kind: one const row for each (docs/adding-a-chip.md). The rows are taken from
 * esptool's targets and Espressif's esp-stub-lib and not from src/device: the two must be able to disagree, or a wrong
 * address would prove itself right.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a mask ROM loader knows beyond SYNC, READ_REG, WRITE_REG, MEM_* and FLASH_*, and what is odd about it. */
typedef enum sim_rom_ability {
    SIM_ROM_LATER = 1u << 0,             /**< attach, set params, slow read, MD5, deflate, baud */
    SIM_ROM_SECURITY = 1u << 1,          /**< GET_SECURITY_INFO */
    SIM_ROM_SECURITY_ID = 1u << 2,       /**< … with chip id: 20 bytes instead of the first 12 */
    SIM_ROM_BEGIN_20 = 1u << 3,          /**< FLASH_BEGIN takes exactly five words, not four */
    SIM_ROM_ATTACHES_AT_BEGIN = 1u << 4, /**< FLASH_BEGIN attaches the flash */
    SIM_ROM_SEES_ALL = 1u << 5,          /**< it reaches 16 MB without having been told a size */
    /** SPIEraseArea erases the sectors up to the next block boundary, and then forgets to count them: what esptool
        esp8266.py get_erase_size undoes. */
    SIM_ROM_ERASES_TWICE = 1u << 6,
    SIM_ROM_SECURE_RAM =
        1u << 7, /**< with secure boot it starts nothing from RAM: esptool loader.py run_stub, cmds.py */
} sim_rom_ability;

enum {
    SIM_NO_CHIP_ID = 0xFFFF,
    SIM_RAM_RANGES = 4,
    SIM_MAPPED_RANGES = 6,
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

/** A flash supply that must be switched on by software, on some revisions: ESP32-P4. */
typedef struct sim_flash_power {
    uint32_t at;          /**< PMU_DATE: its lowest two bits force the supply on; 0: it always is */
    uint16_t first, last; /**< revisions whose flash is off in download mode */
    uint16_t xpd_since;   /**< from this one on the ROM keeps it on where eFuse DOWNLOAD_MODE_XPD_ON says so */
} sim_flash_power;

/** What the ROM says when it starts. */
typedef struct sim_boot_log {
    uint32_t baud;
    const char *download, *app;
    const char *hand_over; /**< when the ROM loader runs the application without a reset; NULL: nothing */
} sim_boot_log;

/** What the ROM says before it is dead, by what the processor stumbled over; NULL: nothing. */
typedef struct sim_last_words {
    const char *load, *store, *fetch;
    const char *no_image; /**< it was to run the application, and there is none */
} sim_last_words;

/** What espbak's own loader is like there, as firmware/chip has it; `block` 0: there is none. */
typedef struct sim_own {
    uint16_t uart_mhz, usb_mhz; /**< the processor's clock by the console in use; 0: the crystal's, as ROMs leave it */
    uint8_t block, ring;        /**< KiB: of the longest block, and of the transmit ring */
    bool wide;                  /**< it sends four bytes of address */
    bool sha256;                /**< it has an accelerator for digests */
    bool deflates, leaves_to_rom, riscv;
} sim_own;

/** What an eFuse field holds. */
typedef enum sim_fuse {
    SIM_FUSE_MAC_LOW,   /**< last four bytes of the MAC, as a number */
    SIM_FUSE_MAC_HIGH,  /**< first two bytes */
    SIM_FUSE_MAC_EXT,   /**< FF FE: the middle of the EUI-64 */
    SIM_FUSE_MAC_CRC,   /**< a CRC-8 of it */
    SIM_FUSE_MAC_OUI,   /**< first three bytes */
    SIM_FUSE_MAC_34,    /**< bytes 3 and 4 */
    SIM_FUSE_MAC_5,     /**< byte 5 */
    SIM_FUSE_MAJOR,     /**< chip revision */
    SIM_FUSE_MAJOR_BAR, /**< one bit set for each major revision up to this one */
    SIM_FUSE_MINOR,
    SIM_FUSE_CRYPT,       /**< flash encryption counter: odd number of bits set = on */
    SIM_FUSE_SECURE_BOOT, /**< v2, or v1 where a chip has no other */
    SIM_FUSE_SECURE_BOOT_1,
    SIM_FUSE_SECURE_VERSION, /**< anti-rollback: one bit set for each version */
    SIM_FUSE_BOOT_KEY,       /**< first word of the digest of the key of secure boot v2, in key block 1 */
    SIM_FUSE_PURPOSE,        /**< purpose of key block 0: XTS-AES-128 when encrypted */
    SIM_FUSE_KEY_MANAGER,    /**< flash key comes from the Key Manager */
    SIM_FUSE_XPD,            /**< flash is powered in download mode */
    SIM_FUSE_CK8M,           /**< 8 MHz clock, for the ROM's idea of the crystal */
    SIM_FUSE_OCTAL,          /**< flash type: eight lines */
    SIM_FUSE_KEY,            /**< a non-zero word of a key block */
    SIM_FUSE_FIXED,          /**< `from` itself is the value */
} sim_fuse;

typedef struct sim_fuse_field {
    sim_fuse kind;
    uint8_t from; /**< lowest bit of the value that goes here, or the value of SIM_FUSE_FIXED */
    uint32_t address;
    uint8_t shift, bits;
} sim_fuse_field;

/** eFuse words that follow each other, and hold no key. */
typedef struct sim_fuse_range {
    uint32_t address;
    uint8_t words;
} sim_fuse_range;

enum { SIM_FUSE_RANGES = 4 };

typedef struct sim_chip {
    const char *name; /**< "esp32s3" */
    const char *title;
    uint16_t id;         /**< as in image headers and GET_SECURITY_INFO, and the product id of its own USB-OTG */
    uint32_t magic_next; /**< the word behind it */
    uint32_t magic;      /**< word at 0x40001000; 0 where none was ever published (earlier esptool versions had them) */
    unsigned rom;        /**< sim_rom_ability bits */
    uint8_t last_purpose;     /**< the last key purpose that GET_SECURITY_INFO tells, of a key that there is not */
    uint8_t security_version; /**< last word of GET_SECURITY_INFO; 0: the chip's revision */
    sim_spi_registers spi;
    uint32_t uart_clkdiv;    /**< 0 where esptool reads none */
    uint8_t uart_clocks;     /**< of the UART in a period of the crystal; 0: one */
    uint8_t crystal_mhz;     /**< default; 26 where that is what most modules carry */
    uint8_t rom_crystal_mhz; /**< what the ROM believes it is; CHANGE_BAUDRATE is wrong by the ratio of both */
    uint32_t rtc_cali;       /**< calibration result from which the ROM guesses its crystal instead; 0: none */
    uint32_t pcr_sysclk;     /**< register whose top byte is the crystal the ROM expects; 0: none */
    sim_watchdog watchdog;
    bool usb_watchdog; /**< it outlives a reset over USB, and esptool stops it */
    uint32_t strap, force_download;
    sim_range ram[SIM_RAM_RANGES];
    sim_range
        mapped[SIM_MAPPED_RANGES]; /**< ROM, caches, registers: an access elsewhere is an exception; none: not known */
    uint32_t rom_frame;            /**< where the ROM loader receives a frame; 0: not known */
    uint32_t rom_restart;          /**< software_reset of the ROM's linker script; 0: not known */
    bool divides_by_zero;          /**< … without an exception */
    sim_last_words last_words;
    uint32_t rom_read_slot; /**< ROM's function pointer for flash reads, a way around secure boot; 0: not known */
    bool serial_jtag, otg;
    uint32_t bootloader_offset;
    uint32_t default_size;
    bool short_header;                    /**< images begin with 8 bytes, name no chip and end without a SHA-256 */
    uint8_t (*size_code)(unsigned power); /**< of 2^power MB in image headers; NULL: that is the power itself */
    uint32_t cache, code; /**< where an application sees its data in flash, and its code; 0: where most do */
    sim_flash_power flash_power;
    uint32_t legacy_data; /**< where the legacy stub puts its data; 0: there is no legacy stub */
    bool wide_current;    /**< the current stub addresses more than 16 MB */
    bool wide_legacy;
    sim_own own;
    uint16_t revision; /**< default, major * 100 + minor */
    sim_boot_log log;
    const sim_fuse_field *fuses; /**< ends with a field of 0 bits */
    sim_fuse_range fuse_words[SIM_FUSE_RANGES];
    uint32_t unique_id; /**< eFuse words with a number that no other chip has; 0: there are none */
} sim_chip;

/** All rows, by name; *count is their number. */
const sim_chip *const *sim_chips(size_t *count);
/** By name; case, '-' and '_' are ignored. NULL when there is none. */
const sim_chip *sim_chip_by_name(const char *name);
/** Whether the chip has an eFuse for this. */
bool sim_chip_has_fuse(const sim_chip *chip, sim_fuse kind);

#endif
