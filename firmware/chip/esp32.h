/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32_H
#define FIRMWARE_CHIP_ESP32_H

/* Registers: ESP32 Technical Reference Manual; the way to 160 MHz: esp-stub-lib/src/target/esp32/src/clock.c. */

#define CHIP_ARCHITECTURE  xtensa
#define CHIP_ID            0
#define CHIP_FEATURES      (WIRE_FEATURE_MD5 | WIRE_FEATURE_LEAVE_ROM)
#define CHIP_SEND_SIZE     (32 * 1024)
#define CHIP_CPU_MHZ       esp32_cpu_mhz()
#define CHIP_CLOCK_UP(usb) esp32_clock_up()
#define CHIP_CLOCK_DOWN()  esp32_clock_down()
#define CHIP_FLASH_PINS    esp32_flash_pins()

#define CHIP_SPI               0x3FF42000u
#define CHIP_SPI_USER          0x1C
#define CHIP_SPI_DATA          0x80
#define CHIP_SPI_ADDRESS_SHIFT 8

#define CHIP_UART             0x3FF40000u
#define CHIP_UART_SEND        0x60000000u /* bytes written by the other bus can get lost */
#define CHIP_UART_COUNT       0xFFu
#define CHIP_UART_EMPTY_SHIFT 8
#define CHIP_UART_HZ          esp32_uart_hz()

#define CHIP_WATCHDOG         0x3FF4808Cu
#define CHIP_WATCHDOG_KEYHOLE 0x3FF480A4u
#define CHIP_WATCHDOG_RESETS  4u

#include "chip.h"
#include "xtensa.h"

#define ESP32_CPU_PERIOD  0x3FF0003Cu
#define ESP32_STRAPS      0x3FF44038u
#define ESP32_RTC_OPTIONS 0x3FF48000u
#define ESP32_CLOCKS      0x3FF48070u
#define ESP32_VOLTAGE     0x3FF4807Cu
#define ESP32_PLL_TICKS   0x3FF66008u
#define ESP32_ANALOG      0x6000E044u

enum {
    ESP32_CLOCK_SHIFT = 27, /* in ESP32_CLOCKS: 0 crystal, 1 PLL */
    ESP32_PLL_MHZ = 80,     /* of the peripheral bus while the PLL runs */
};

extern void rom_analog_write(uint32_t block, uint32_t host, uint32_t index, uint32_t value);

static inline bool esp32_runs_on_pll(void)
{
    return (REGISTER(ESP32_CLOCKS) >> ESP32_CLOCK_SHIFT & 3) == 1;
}

static inline uint32_t esp32_crystal_mhz(void)
{
    return rom_crystal_hz() < 30500000 ? 26 : 40;
}

static inline uint32_t esp32_uart_hz(void)
{
    return (esp32_runs_on_pll() ? ESP32_PLL_MHZ : esp32_crystal_mhz()) * 1000000;
}

static inline uint32_t esp32_cpu_mhz(void)
{
    return esp32_runs_on_pll() ? (uint32_t)ESP32_PLL_MHZ << (REGISTER(ESP32_CPU_PERIOD) & 3) : esp32_crystal_mhz();
}

static inline void esp32_start_pll(uint32_t crystal_mhz)
{
    static const uint8_t steps[][3] = {
        /* register, value with a crystal of 40 MHz, of 26 MHz */
        {0, 0x18, 0x18},  {1, 0x20, 0x20}, {4, 0x9A, 0x9A}, {10, 0, 0},   {12, 0, 0},
        {11, 0x43, 0x43}, {9, 0x84, 0x84}, {2, 0, 0xCC},    {3, 32, 224}, {5, 0xC6, 0x40},
    };
    REGISTER(ESP32_RTC_OPTIONS) &= ~(1u << 18 | 1u << 10 | 1u << 8 | 1u << 6); /* the PLL and the bus to it: powered */
    REGISTER(ESP32_ANALOG) &= ~(1u << 17);
    for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        rom_analog_write(0x66, 4, steps[i][0], steps[i][crystal_mhz == 40 ? 1 : 2]);
    rom_delay_us(80);
}

/* To 160 MHz, which every ESP32 can do; the bus, and with it UART and flash, goes to 80. */
static inline void esp32_clock_up(void)
{
    if (esp32_runs_on_pll())
        return;                          /* whoever was here before has done it */
    REGISTER(ESP32_VOLTAGE) |= 7u << 11; /* 1.25 V */
    esp32_start_pll(esp32_crystal_mhz());
    REGISTER(ESP32_CPU_PERIOD) = 1;
    REGISTER(ESP32_PLL_TICKS) = ESP32_PLL_MHZ - 1;
    rom_cpu_mhz_is(160);
    REGISTER(ESP32_CLOCKS) = (REGISTER(ESP32_CLOCKS) & ~(3u << ESP32_CLOCK_SHIFT)) | 1u << ESP32_CLOCK_SHIFT;
    rom_delay_us(30);
}

/* A reset by software keeps the clocks, and the ROM counts on the crystal. */
static inline void esp32_clock_down(void)
{
    REGISTER(ESP32_CLOCKS) &= ~(3u << ESP32_CLOCK_SHIFT);
    rom_cpu_mhz_is(esp32_crystal_mhz());
    REGISTER(ESP32_VOLTAGE) = (REGISTER(ESP32_VOLTAGE) & ~(7u << 11)) | 4u << 11;
}

static inline uint32_t esp32_flash_pins(void)
{
    const uint32_t pins = rom_spi_pins();
    const bool hspi = (REGISTER(ESP32_STRAPS) & 0x1C) == 0x08; /* the ROM would boot from flash at HSPI */
    return pins == 0 && hspi ? 1 : pins;
}

#endif
