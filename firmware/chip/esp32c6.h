/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32C6_H
#define FIRMWARE_CHIP_ESP32C6_H

/* Registers: esp-stub-lib, src/target/esp32c6. */

#define CHIP_ARCHITECTURE riscv
#define CHIP_ID           13
#define CHIP_FEATURES     WIRE_FEATURE_MD5
#define CHIP_SEND_SIZE    (32 * 1024)
#define CHIP_OLD_CYCLES   1
#define CHIP_CPU_MHZ      rom_cpu_mhz()
#define CHIP_FLASH_PINS   0

#define CHIP_SPI 0x60003000u

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0xFFu
#define CHIP_UART_EMPTY_SHIFT 8
#define CHIP_UART_HZ          rom_crystal_hz()

#define CHIP_USB         0x6000F000u
#define CHIP_USB_CONSOLE 3
#define CHIP_USB_ROUTE   0x600100C0u

#define CHIP_WATCHDOG                    0x600B1C00u
#define CHIP_WATCHDOG_KEYHOLE            0x600B1C18u
#define CHIP_WATCHDOG_RESETS             5u
#define CHIP_SUPER_WATCHDOG              0x600B1C1Cu
#define CHIP_SUPER_WATCHDOG_KEY          0x50D83AA1u
#define CHIP_SUPER_WATCHDOG_FEEDS_ITSELF (1u << 18)

#include "chip.h"
#include "riscv.h"

#endif
