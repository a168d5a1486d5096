/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32C3_H
#define FIRMWARE_CHIP_ESP32C3_H

/* Registers: ESP32-C3 Technical Reference Manual; esp-stub-lib, src/target/esp32c3. */

#define CHIP_ARCHITECTURE  riscv
#define CHIP_ID            5
#define CHIP_FEATURES      (WIRE_FEATURE_MD5 | WIRE_FEATURE_LEAVE_ROM)
#define CHIP_SEND_SIZE     (32 * 1024)
#define CHIP_OLD_CYCLES    1
#define CHIP_CPU_MHZ       rom_cpu_mhz()
#define CHIP_CLOCK_UP(usb) esp32c3_clock_up(usb)
#define CHIP_FLASH_PINS    rom_spi_pins()
#define CHIP_SHA256        1

#define CHIP_SPI 0x60002000u

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0x3FFu
#define CHIP_UART_EMPTY_SHIFT 9
#define CHIP_UART_HZ          rom_crystal_hz()

#define CHIP_USB         0x60043000u
#define CHIP_USB_CONSOLE 3
#define CHIP_USB_ROUTE   0x600C2068u

#define CHIP_WATCHDOG                    0x60008090u
#define CHIP_WATCHDOG_KEYHOLE            0x600080A8u
#define CHIP_WATCHDOG_RESETS             5u
#define CHIP_SUPER_WATCHDOG              0x600080ACu
#define CHIP_SUPER_WATCHDOG_KEY          0x8F1D312Au
#define CHIP_SUPER_WATCHDOG_FEEDS_ITSELF (1u << 31)

#include "chip.h"
#include "riscv.h"

#define ESP32C3_CPU_PERIOD 0x600C0008u
#define ESP32C3_CLOCKS     0x600C0058u

/* To 160 MHz where the PLL is known to run, which it does for USB. */
static inline void esp32c3_clock_up(bool usb)
{
    if (!usb)
        return;
    rom_cpu_mhz_is(160);
    REGISTER(ESP32C3_CLOCKS) = (REGISTER(ESP32C3_CLOCKS) & ~(3u << 10)) | 1u << 10;
    REGISTER(ESP32C3_CPU_PERIOD) = (REGISTER(ESP32C3_CPU_PERIOD) & ~3u) | 1u << 2 | 1;
}

#endif
