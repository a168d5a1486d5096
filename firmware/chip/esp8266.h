/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP8266_H
#define FIRMWARE_CHIP_ESP8266_H

/* Registers: ESP8266 Technical Reference; esp-stub-lib, src/target/esp8266. */

#define CHIP_ARCHITECTURE  call0
#define CHIP_ID            0xFFFF
#define CHIP_FEATURES      WIRE_FEATURE_MD5
#define CHIP_SEND_SIZE     (8 * 1024)
#define CHIP_LITTLE_ROM    1
#define CHIP_CPU_MHZ       ESP8266_CPU_MHZ
#define CHIP_CLOCK_UP(usb) rom_cpu_mhz_is(ESP8266_CPU_MHZ)
#define CHIP_FLASH_PINS    0

#define CHIP_SPI               0x60000200u
#define CHIP_SPI_USER          0x1C
#define CHIP_SPI_DATA          0x40
#define CHIP_SPI_ADDRESS_SHIFT 8
#define CHIP_SPI_SHORT         1

#define CHIP_UART             0x60000000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0xFFu
#define CHIP_UART_EMPTY_SHIFT 8
#define CHIP_UART_PARTS       1
#define CHIP_UART_HZ          esp8266_uart_hz()

#include "chip.h"
#include "xtensa.h"

enum { ESP8266_CPU_MHZ = 52 }; /* twice the crystal of 26 MHz */

extern void rom_spi_take_pins(void);
extern void rom_spi_attach_esp8266(void);

/* The ROM found the divider by measuring the host's 115200 baud. */
static inline uint32_t esp8266_uart_hz(void)
{
    static uint32_t hz;
    if (hz == 0)
        hz = (REGISTER(CHIP_UART + 0x14) & 0xFFFFF) * 115200;
    return hz;
}

static inline void esp8266_spi_attach(void)
{
    rom_spi_take_pins();
    rom_spi_attach_esp8266();
}

#define rom_spi_attach(pins, legacy) ((void)(pins), esp8266_spi_attach())

#endif
