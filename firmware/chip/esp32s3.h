/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32S3_H
#define FIRMWARE_CHIP_ESP32S3_H

/* Registers: ESP32-S3 Technical Reference Manual; esp-stub-lib, src/target/esp32s3. */

#define CHIP_ARCHITECTURE xtensa
#define CHIP_ID           9
#define CHIP_FEATURES     (WIRE_FEATURE_MD5 | WIRE_FEATURE_LEAVE_ROM)
#define CHIP_SEND_SIZE    (32 * 1024)
#define CHIP_CPU_MHZ      rom_cpu_mhz()
#define CHIP_FLASH_PINS   rom_spi_pins()
#define CHIP_SHA256       1

#define CHIP_SPI           0x60002000u
#define CHIP_FLASH_IS_WIDE 1

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0x3FFu
#define CHIP_UART_EMPTY_SHIFT 10
#define CHIP_UART_HZ          esp32s3_uart_hz()

#define CHIP_USB         0x60038000u
#define CHIP_USB_CONSOLE 4
#define CHIP_USB_ROUTE   0x600C2180u

#define CHIP_OTG         0x60080000u
#define CHIP_OTG_CONSOLE 3
#define CHIP_OTG_ROUTE   0x600C2098u

#define CHIP_WATCHDOG                    0x60008098u
#define CHIP_WATCHDOG_KEYHOLE            0x600080B0u
#define CHIP_WATCHDOG_RESETS             5u
#define CHIP_SUPER_WATCHDOG              0x600080B4u
#define CHIP_SUPER_WATCHDOG_KEY          0x8F1D312Au
#define CHIP_SUPER_WATCHDOG_FEEDS_ITSELF (1u << 31)

#include "chip.h"
#include "xtensa.h"

#define ESP32S3_CLOCKS 0x600C0060u

/* The bus, which is 80 MHz from the PLL; the ROM's own function divides where this chip does not. */
static inline uint32_t esp32s3_uart_hz(void)
{
    return (REGISTER(ESP32S3_CLOCKS) >> 10 & 3) == 1 ? 80000000 : rom_crystal_hz();
}

#endif
