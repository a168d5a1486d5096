/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_CHIP_ESP32C3_H
#define READER_CHIP_ESP32C3_H

/* Registers: ESP32-C3 Technical Reference Manual, esp-stub-lib. */

#define CHIP_ID        5
#define CHIP_FEATURES  (READER_FEATURE_MD5 | READER_FEATURE_LEAVE_ROM)
#define CHIP_SEND_SIZE (32 * 1024)
#define CHIP_OLD_CYCLES

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0x3FFu
#define CHIP_UART_EMPTY_SHIFT 9

#define CHIP_USB         0x60043000u
#define CHIP_USB_CONSOLE 3           /* in the ROM's UART device structure */
#define CHIP_USB_ROUTE   0x600C2068u /* which interrupt of the processor it raises */

#define ESP32C3_WATCHDOG         0x60008090u
#define ESP32C3_WATCHDOG_KEYHOLE 0x600080A8u

#include "chip.h"
#include "riscv.h"
#include "rtc_watchdog.h"

#define ESP32C3_SUPER_WATCHDOG         0x600080ACu
#define ESP32C3_SUPER_WATCHDOG_KEYHOLE 0x600080B0u
#define ESP32C3_SUPER_WATCHDOG_KEY     0x8F1D312Au
#define ESP32C3_CPU_PERIOD             0x600C0008u
#define ESP32C3_CLOCKS                 0x600C0058u

extern uint32_t rom_crystal_hz(void);
extern void rom_cpu_mhz_is(uint32_t mhz);
extern uint32_t rom_cpu_mhz(void);
extern void rom_interrupt_priority(uint32_t number, uint32_t priority);

/* UARTs run from the crystal, whatever the processor does. */
static inline uint32_t chip_uart_hz(void)
{
    return rom_crystal_hz();
}

static inline uint32_t chip_cpu_mhz(void)
{
    return rom_cpu_mhz();
}

static inline void chip_watchdogs_off(void)
{
    rtc_watchdog_set(ESP32C3_WATCHDOG, ESP32C3_WATCHDOG_KEYHOLE, 0);
    REGISTER(ESP32C3_SUPER_WATCHDOG_KEYHOLE) = ESP32C3_SUPER_WATCHDOG_KEY;
    REGISTER(ESP32C3_SUPER_WATCHDOG) |= 1u << 31; /* feeds itself */
    REGISTER(ESP32C3_SUPER_WATCHDOG_KEYHOLE) = 0;
}

/* To 160 MHz where the PLL is known to run, which it does for USB. */
static inline void chip_clock_up(bool usb)
{
    if (!usb)
        return;
    rom_cpu_mhz_is(160);
    REGISTER(ESP32C3_CLOCKS) = (REGISTER(ESP32C3_CLOCKS) & ~(3u << 10)) | 1u << 10;
    REGISTER(ESP32C3_CPU_PERIOD) = (REGISTER(ESP32C3_CPU_PERIOD) & ~3u) | 1u << 2 | 1;
}

static inline void chip_reset(void)
{
    rtc_watchdog_bite(ESP32C3_WATCHDOG, ESP32C3_WATCHDOG_KEYHOLE, 5);
}

static inline void chip_clock_down(void)
{
}

static inline void chip_route_usb(uint32_t interrupt)
{
    REGISTER(CHIP_USB_ROUTE) = interrupt;
    rom_interrupt_priority(interrupt, 1);
}

static inline uint32_t chip_flash_pins(void)
{
    return rom_spi_pins();
}

#endif
