/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

/*
 * What a simulated chip is like. One table of names serves both forms: `espsim --size 4M` and
 * `sim:esp32,size=4M`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "espbak/error.h"
#include "sim/chip/chips.h"
#include "sim/line/fault.h"

typedef int64_t sim_time; /**< nanoseconds on the simulation's own scale */

enum { SIM_US = 1000, SIM_MS = 1000000, SIM_PATH_MAX = 1024 };
#define SIM_NEVER INT64_MAX

/** How long the flash and the CPU's work on it take, in nanoseconds; all zero with flash-time=none. */
typedef struct sim_timing {
    sim_time read_byte;    /**< flash to RAM, a byte */
    sim_time hash_byte;    /**< MD5 with its reading, a byte */
    sim_time erase_sector; /**< 4 KiB */
    sim_time erase_block;  /**< 64 KiB */
    sim_time erase_chip;   /**< a MiB of a chip erase */
    sim_time program_page; /**< 256 bytes */
} sim_timing;

typedef enum sim_boot { SIM_BOOT_AUTO, SIM_BOOT_DOWNLOAD, SIM_BOOT_APP } sim_boot;
typedef enum sim_usb { SIM_USB_NONE, SIM_USB_JTAG, SIM_USB_OTG } sim_usb;
typedef enum sim_own_fate { SIM_OWN_WORKS, SIM_OWN_SILENT, SIM_OWN_CRASHES } sim_own_fate;
typedef enum sim_stub_kind { SIM_STUB_AUTO, SIM_STUB_CURRENT, SIM_STUB_LEGACY, SIM_STUB_OWN } sim_stub_kind;

typedef struct sim_options {
    const sim_chip *chip;
    char flash[SIM_PATH_MAX]; /**< image file; empty for a built-in one that is forgotten at the end */
    uint64_t size;            /**< bytes of flash; 0 until defaults are filled in */
    bool baud_real;           /**< bytes take 10 / baud on the line */
    sim_time latency;         /**< one way */
    sim_timing timing;
    bool secure_download;
    bool encrypted;
    bool key_manager; /**< the flash key is deployed by the Key Manager */
    unsigned secure_boot;
    int revision; /**< major * 100 + minor; -1 for the chip's default */
    unsigned crystal_mhz;
    uint32_t flash_id; /**< JEDEC id; 0 makes one from the size */
    bool no_sfdp;
    bool octal;
    bool xpd;       /**< ESP32-P4: eFuse DOWNLOAD_MODE_XPD_ON */
    uint8_t status; /**< flash status register 1 at power-on: block protection in bits 2 to 6 */
    uint8_t mac[6];
    bool mac_given;
    sim_boot boot;
    sim_usb usb;
    sim_stub_kind stub_kind;
    sim_own_fate own_fate;
    unsigned own_mhz;          /**< the processor's clock while our own loader runs; 0: the chip's usual one */
    double own_cycles;         /**< an instruction */
    uint32_t own_block;        /**< the longest block that it takes; 0: the chip's */
    uint32_t own_dies;         /**< after so many answers; 0: never */
    bool blank;                /**< the built-in image is all erased */
    bool real_time;            /**< sim: transport only: live on the computer's clock */
    char report[SIM_PATH_MAX]; /**< gets a line at the end; empty for none */
    uint64_t seed;
    sim_fault_plan faults;
    uint32_t fault_baud;            /**< faults of the line only at this rate and above */
    sim_stub_kind fault_stub;       /**< mute, garble and crash only while such a stub runs; auto: always */
    char fault_count[SIM_PATH_MAX]; /**< where to tell how many happened; empty for nowhere */
} sim_options;

void sim_options_init(sim_options *options, const sim_chip *chip);

/** Set one by name; `value` is NULL for a bare word. ESPBAK_E_USAGE names what cannot be meant. */
ESPBAK_MUST_USE espbak_status sim_options_set(sim_options *options, const char *name, const char *value,
                                              espbak_error *err);

/** Whether `name` is followed by a value; false also for a name that is not known. */
bool sim_option_takes_value(const char *name);

/** Fill in what follows from the chip, and check what must agree. Call once, after all are set. */
ESPBAK_MUST_USE espbak_status sim_options_finish(sim_options *options, espbak_error *err);

/** Parse `CHIP[,name[=value]]…`, the part behind `sim:`, and finish. */
ESPBAK_MUST_USE espbak_status sim_options_parse(sim_options *options, const char *spec, espbak_error *err);

/** Print a line or two for each option, for espsim --help. */
void sim_options_help(FILE *out);

#endif
