/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_CHIP_REGISTERS_H
#define DEVICE_CHIP_REGISTERS_H

/*
 * What a chip row knows beyond its public part: where facts about the attached chip stand in its
 * registers and eFuses, and what it does its own way. A field of width 0 does not exist there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "espbak/chip.h"
#include "espbak/error.h"
#include "espbak/session.h"

/* Bits within one register. */
typedef struct chip_field {
    uint32_t address;
    uint8_t shift;
    uint8_t width;
} chip_field;

/* What a field's value means to people; lists end with a NULL text. */
typedef struct chip_label {
    uint8_t value;
    const char *text;
} chip_label;

/* A watchdog behind a key: write the key, change it, write zero. */
typedef struct chip_watchdog {
    uint32_t config0, config1, protect, key;
} chip_watchdog;

typedef struct chip_super_watchdog {
    uint32_t config, protect, key, auto_feed;
} chip_super_watchdog;

typedef struct chip_range {
    uint32_t start, end; /* one past the last byte */
} chip_range;

/* What a field adds to the name of a part, and what stands for a value that is not known. */
typedef struct chip_suffix {
    chip_field field;
    const chip_label *labels;
    const char *unknown;
} chip_suffix;

enum { CHIP_SUFFIXES = 4 };

enum { CHIP_RAM_RANGES = 3, CHIP_VOLTAGE_SIZE = 16 }; /* as in espbak_flash_info */

typedef struct espbak_chip_registers {
    uint32_t mac; /* lower word of the factory MAC, the upper half follows; 0: see ops */
    chip_field major, major_high;
    chip_field minor, minor_high;
    uint8_t minor_high_shift;
    chip_field package;
    const chip_label *packages;
    chip_suffix suffixes[CHIP_SUFFIXES]; /* of parts whose name is put together; without labels: none */
    const char *features;                /* the same on every part */
    chip_field flash_cap, flash_vendor;
    const chip_label *flash_caps, *flash_vendors;
    chip_field psram_cap, psram_cap_high, psram_vendor; /* high: bit 2 of the capacity */
    const chip_label *psram_caps, *psram_vendors;
    chip_field crypt_count; /* an odd number of ones: flash is encrypted */
    chip_field secure_boot;
    chip_field secure_version; /* anti-rollback: as many ones as its version */
    uint32_t key_blocks;       /* the first of six, 32 bytes each; GET_SECURITY_INFO says what they are for; 0: none */
    uint32_t boot_digest;      /* where the digest of the only key of secure boot v2 stands instead; 0: nowhere */
    uint8_t boot_digest_words;
    chip_field key_manager; /* bit 1 of it: the key manager holds the flash key */
    chip_field octal_flash;
    chip_field vdd_force, vdd_on, vdd_high, vdd_strap;
    uint32_t uart_clkdiv;
    uint8_t crystal_mhz;     /* 0: measure by the UART's divider */
    uint8_t crystal_divider; /* crystal periods a UART clock */
    uint8_t own_uart_mhz;    /* what the UART divides while our own loader runs (firmware/chip); 0: the crystal */
    bool own_uart_whole;     /* by whole numbers only, not by sixteenths */
    bool own_judges_rate;    /* it finds the crystal by the divider that its ROM had at the first rate */
    chip_watchdog watchdog;
    bool watchdog_resets; /* it can restart the chip without modem lines */
    chip_super_watchdog super_watchdog;
    chip_field strap_boot;       /* 0: GPIO0 was low, and a watchdog reset looks at it again */
    chip_field force_download;   /* keeps the chip in download mode over a reset */
    bool usb_needs_watchdog;     /* on USB-OTG only the watchdog leaves download mode */
    uint32_t rom_software_reset; /* ROM function that restarts into the loader; 0 when not known */
    bool secure_boot_blocks_ram; /* under secure boot its ROM starts nothing from RAM (esptool loader.py run_stub) */
    uint32_t rom_read_pointer;   /* … but for what this pointer, by which it reads flash, is set to; 0: no way */
    bool rom_erases_twice;       /* FLASH_BEGIN erases what is before a 64 KiB boundary, and then as much again */
    bool legacy_stub_runs_app;   /* its legacy stub knows RUN_USER_CODE (esptool loader.py soft_reset) */
    unsigned no_stub_below;      /* revisions below this take no stub */
    unsigned second_stub_below;  /* revisions below this take the second stub name */
    chip_range ram[CHIP_RAM_RANGES]; /* where a stub may be loaded */
} chip_registers;

/* What does not fit the table; NULL members take the general way. */
typedef struct espbak_chip_ops {
    espbak_status (*revision)(espbak_session *session, unsigned *revision, espbak_error *err);
    espbak_status (*name)(espbak_session *session, espbak_error *err);
    espbak_status (*features)(espbak_session *session, espbak_error *err);
    espbak_status (*mac)(espbak_session *session, espbak_error *err);
    espbak_status (*security)(espbak_session *session, espbak_error *err);
    espbak_status (*voltage)(espbak_session *session, char voltage[CHIP_VOLTAGE_SIZE], espbak_error *err);
    /* After connecting, before the flash is touched. */
    espbak_status (*power_flash)(espbak_session *session, espbak_error *err);
    /* The pins that the flash hangs on, as SPI_ATTACH wants them. */
    espbak_status (*flash_pins)(espbak_session *session, uint32_t *pins, espbak_error *err);
    /* The rate the ROM has to be asked for so that `baud` comes out. */
    espbak_status (*rom_baud)(espbak_session *session, uint32_t baud, uint32_t *asked, espbak_error *err);
} chip_ops;

/*
 * A word that stays as it is until the next reset (eFuses, straps). No checksum guards an answer, so it is read
 * until two agree, and then once for all until the loader is entered anew.
 */
ESPBAK_MUST_USE espbak_status chip_read_word(espbak_session *session, uint32_t address, uint32_t *word,
                                             espbak_error *err);

/* Whether such a word is known already. */
bool chip_knows_word(const espbak_session *session, uint32_t address, uint32_t *word);

/* Remember a word, so that chip_read_word need not ask for it. */
void chip_remember_word(espbak_session *session, uint32_t address, uint32_t word);

/* Forget all words: the chip was reset. */
void chip_forget_words(espbak_session *session);

/* The value of a field of such a word; 0 for one that does not exist. */
ESPBAK_MUST_USE espbak_status chip_read_field(espbak_session *session, chip_field field, uint32_t *value,
                                              espbak_error *err);

/* The MAC from two such words, the lower one at `address`, into info.mac. */
ESPBAK_MUST_USE espbak_status chip_read_mac(espbak_session *session, uint32_t address, espbak_error *err);

/* The text of `value` in a list, or NULL. */
const char *chip_label_text(const chip_label *labels, uint32_t value);

/* Append ", <text>" to the features, or the first one without comma; what does not fit is left out. */
void chip_add_feature(espbak_session *session, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

/* Fill in revision, name, features, crystal and MAC of the attached chip; of one that is locked the name alone. */
ESPBAK_MUST_USE espbak_status chip_identify(espbak_session *session, espbak_error *err);

/* The crystal in MHz, by the UART's divider at the present baud rate. */
ESPBAK_MUST_USE espbak_status chip_measure_crystal(espbak_session *session, unsigned *mhz, espbak_error *err);

/* Read the eFuses that hold no keys into info.efuses. */
ESPBAK_MUST_USE espbak_status chip_read_efuses(espbak_session *session, espbak_error *err);

/* What the chip knows of its flash: the voltage it runs at, empty where it cannot be read, and whether it has eight
 * lines. */
ESPBAK_MUST_USE espbak_status chip_read_voltage(espbak_session *session, char voltage[CHIP_VOLTAGE_SIZE], bool *octal,
                                                espbak_error *err);

#endif
