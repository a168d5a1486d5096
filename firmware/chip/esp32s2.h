/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32S2_H
#define FIRMWARE_CHIP_ESP32S2_H

/* Registers: ESP32-S2 Technical Reference Manual; esp-stub-lib, src/target/esp32s2. */

#define CHIP_ARCHITECTURE  xtensa
#define CHIP_ID            2
#define CHIP_FEATURES      WIRE_FEATURE_MD5
#define CHIP_SEND_SIZE     (16 * 1024)
#define CHIP_CPU_MHZ       rom_cpu_mhz()
#define CHIP_CLOCK_UP(usb) esp32s2_clock_up()
#define CHIP_FLASH_PINS    rom_spi_pins()

#define CHIP_SPI 0x3F402000u

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0x3FFu
#define CHIP_UART_EMPTY_SHIFT 9
#define CHIP_UART_HZ          rom_bus_hz()

#define CHIP_OTG         0x60080000u
#define CHIP_OTG_CONSOLE 2
#define CHIP_OTG_ROUTE   0x3F4C20C0u

#define CHIP_WATCHDOG                    0x3F408094u
#define CHIP_WATCHDOG_KEYHOLE            0x3F4080ACu
#define CHIP_WATCHDOG_RESETS             5u
#define CHIP_SUPER_WATCHDOG              0x3F4080B0u
#define CHIP_SUPER_WATCHDOG_KEY          0x8F1D312Au
#define CHIP_SUPER_WATCHDOG_FEEDS_ITSELF (1u << 31)

#include "chip.h"
#include "xtensa.h"

#define ESP32S2_VOLTAGE    0x3F408084u
#define ESP32S2_CPU_PERIOD 0x3F4C0018u
#define ESP32S2_CLOCKS     0x3F4C008Cu

/* To 240 MHz, with the voltage that takes; the bus, and with it UART and flash, goes to 80. */
static inline void esp32s2_clock_up(void)
{
    REGISTER(ESP32S2_VOLTAGE) |= 7u << 25 | 7u << 11;
    rom_cpu_mhz_is(240);
    REGISTER(ESP32S2_CLOCKS) = (REGISTER(ESP32S2_CLOCKS) & ~(3u << 10)) | 1u << 10;
    REGISTER(ESP32S2_CPU_PERIOD) |= 1u << 2;
    REGISTER(ESP32S2_CPU_PERIOD) = (REGISTER(ESP32S2_CPU_PERIOD) & ~3u) | 2;
}

#endif
