/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_CHIP_COMMON_H
#define SIM_CHIP_COMMON_H

/* What the files of several simulated chips use. A fact of one chip alone stands in the file of that chip. */

#include "sim/chip/chip.h"

/* The layout of SPI1 that all chips since the ESP32-S2 share. */
#define SIM_SPI_LATER(base) {base, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x58, false}

#define SIM_WATCHDOG_KEY 0x50D83AA1u
#define SIM_MB(n)        ((uint32_t)(n) << 20)
#define SIM_NO_FUSE      {SIM_FUSE_FIXED, 0, 0, 0, 0} /* ends a list */

/* eFuse blocks that hold no keys, where most chips have them: 0 and 1, 2 and 3, 10. */
#define SIM_FUSE_WORDS(base) {{(base) + 0x2C, 12}, {(base) + 0x5C, 16}, {(base) + 0x15C, 8}}

/* What mask ROMs know, in the order in which it came. */
#define SIM_ROMS_S2    (SIM_ROM_LATER | SIM_ROM_SECURITY | SIM_ROM_BEGIN_20)
#define SIM_ROMS_NEWER (SIM_ROMS_S2 | SIM_ROM_SECURITY_ID)

/* What a processor can get at besides RAM: the memory maps of the technical reference manuals, ends rounded up. */
#define SIM_MAPPED_C6                                                                                                  \
    {                                                                                                                  \
        {0x20000000, 0x20010000},                                                                                      \
        {0x40000000, 0x40060000},                                                                                      \
        {0x42000000, 0x44000000},                                                                                      \
        {0x60000000, 0x600D1000},                                                                                      \
    }

/* What ROMs say before they are dead: seen on those of the ESP32-C3, and of the ESP32. */
#define SIM_PANIC(reason) "Guru Meditation Error: Core 0 panic'ed (" reason ")\r\nCore 0 register dump:\r\n"
#define SIM_LAST_WORDS_RISCV                                                                                           \
    {SIM_PANIC("Load access fault"), SIM_PANIC("Store/AMO access fault"), SIM_PANIC("Illegal instruction"),            \
     "user code done\r\n" SIM_PANIC("Instruction access fault")}
#define SIM_LAST_WORDS_XTENSA                                                                                          \
    {.fetch = "Fatal exception (0): IllegalInstruction\r\n",                                                           \
     .no_image = "flash read err, 631\r\nFalling back to built-in command interpreter.\r\nOK\r\n>"}

/* What ROMs say when they start. */
#define SIM_BOOT_LOG(name, ...)                                                                                        \
    {.baud = 115200,                                                                                                   \
     .download =                                                                                                       \
         "ESP-ROM:" name "-simulated\r\nrst:0x1 (POWERON),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))"       \
         "\r\nwaiting for download\r\n",                                                                               \
     .app = "ESP-ROM:" name "-simulated\r\nrst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",                      \
     __VA_ARGS__}

#endif
