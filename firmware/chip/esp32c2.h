/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32C2_H
#define FIRMWARE_CHIP_ESP32C2_H

/* Registers: ESP8684 Technical Reference Manual; esp-stub-lib, src/target/esp32c2. */

#define CHIP_ARCHITECTURE riscv
#define CHIP_ID           12
#define CHIP_FEATURES     WIRE_FEATURE_MD5
#define CHIP_SEND_SIZE    (16 * 1024)
#define CHIP_OLD_CYCLES   1
#define CHIP_CPU_MHZ      rom_cpu_mhz()
#define CHIP_FLASH_PINS   0

#define CHIP_SPI 0x60002000u

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0x3FFu
#define CHIP_UART_EMPTY_SHIFT 9
#define CHIP_UART_HZ          esp32c2_uart_hz()

#define CHIP_WATCHDOG                    0x60008084u
#define CHIP_WATCHDOG_KEYHOLE            0x6000809Cu
#define CHIP_WATCHDOG_RESETS             5u
#define CHIP_SUPER_WATCHDOG              0x600080A0u
#define CHIP_SUPER_WATCHDOG_KEY          0x8F1D312Au
#define CHIP_SUPER_WATCHDOG_FEEDS_ITSELF (1u << 31)

#include "chip.h"
#include "riscv.h"

/*
 * UARTs run from the crystal, of 40 or 26 MHz; the ROM takes it for 40, and finds the divider by measuring the host's
 * 115200 baud. With 26 MHz that is 225.7.
 */
static inline uint32_t esp32c2_uart_hz(void)
{
    const uint32_t divider = REGISTER(CHIP_UART + 0x14) & 0xFFF;
    static uint32_t hz;
    if (hz == 0)
        hz = divider > 200 && divider < 250 ? 26000000 : 40000000;
    return hz;
}

#endif
