/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_ESP32P4_H
#define FIRMWARE_CHIP_ESP32P4_H

/* Registers: esp-stub-lib, src/target/esp32p4. */

#define CHIP_ARCHITECTURE      riscv
#define CHIP_ID                18
#define CHIP_FEATURES          WIRE_FEATURE_MD5
#define CHIP_SEND_SIZE         (32 * 1024)
#define CHIP_FIRST_INTERRUPT   16
#define CHIP_CPU_MHZ           rom_cpu_mhz()
#define CHIP_FLASH_PINS        0
#define CHIP_FLASH_IS_ATTACHED esp32p4_flash_is_attached()

#define CHIP_SPI           0x5008D000u
#define CHIP_FLASH_IS_WIDE 1

#define CHIP_UART             0x500CA000u
#define CHIP_UART_SEND        CHIP_UART
#define CHIP_UART_COUNT       0xFFu
#define CHIP_UART_EMPTY_SHIFT 8
#define CHIP_UART_HZ          rom_crystal_hz()

#define CHIP_USB         0x500D2000u
#define CHIP_USB_CONSOLE 6
#define CHIP_USB_ROUTE   0x500D6058u

#define CHIP_OTG           0x50000000u
#define CHIP_OTG_CONSOLE   5
#define CHIP_OTG_ROUTE     0x500D6174u
#define CHIP_OTG_PREPARE() esp32p4_wake_otg()

#define CHIP_WATCHDOG                    0x50116000u
#define CHIP_WATCHDOG_KEYHOLE            0x50116018u
#define CHIP_WATCHDOG_RESETS             5u
#define CHIP_SUPER_WATCHDOG              0x5011601Cu
#define CHIP_SUPER_WATCHDOG_KEY          0x50D83AA1u
#define CHIP_SUPER_WATCHDOG_FEEDS_ITSELF (1u << 18)

#include "chip.h"
#include "riscv.h"

/* Revisions from 3 on have another ROM, whose number stands at this address, and some functions in other places. */
#define ESP32P4_ROM 0x4FC00014u
enum { ESP32P4_ROM_NEW = 5, ESP32P4_ROM_POWERS_FLASH = 7, ESP32P4_MOVED = 12 };

#define ESP32P4_EFUSES 0x5012D034u /* EFUSE_RD_REPEAT_DATA1_REG */

CALLED static uintptr_t esp32p4_rom(uintptr_t old)
{
    return REGISTER(ESP32P4_ROM) < ESP32P4_ROM_NEW ? old : old - ESP32P4_MOVED;
}

#define ESP32P4_FUNCTION(name, old) ((__typeof__(name) *)esp32p4_rom(old))
#define rom_crystal_hz              ESP32P4_FUNCTION(rom_crystal_hz, 0x4FC0055Cu)
#define rom_interrupt_priority      ESP32P4_FUNCTION(rom_interrupt_priority, 0x4FC005B8u)
#define rom_interrupt_attach        ESP32P4_FUNCTION(rom_interrupt_attach, 0x4FC005DCu)
#define rom_interrupt_mask          ESP32P4_FUNCTION(rom_interrupt_mask, 0x4FC005E0u)
#define rom_interrupt_unmask        ESP32P4_FUNCTION(rom_interrupt_unmask, 0x4FC005E4u)
#define rom_md5_begin               ESP32P4_FUNCTION(rom_md5_begin, 0x4FC005ECu)
#define rom_md5_update              ESP32P4_FUNCTION(rom_md5_update, 0x4FC005F0u)
#define rom_md5_end                 ESP32P4_FUNCTION(rom_md5_end, 0x4FC005F4u)
#define rom_crc32                   ESP32P4_FUNCTION(rom_crc32, 0x4FC005F8u)

#define rom_cdc_send      ESP32P4_FUNCTION(rom_cdc_send, 0x4FC008DCu)
#define rom_cdc_waiting   ESP32P4_FUNCTION(rom_cdc_waiting, 0x4FC008E0u)
#define rom_cdc_read      ESP32P4_FUNCTION(rom_cdc_read, 0x4FC008E4u)
#define rom_cdc_receive   ESP32P4_FUNCTION(rom_cdc_receive, 0x4FC008FCu)
#define rom_cdc_on_event  ESP32P4_FUNCTION(rom_cdc_on_event, 0x4FC0090Cu)
#define rom_otg_interrupt ESP32P4_FUNCTION(rom_otg_interrupt, 0x4FC00980u)
#define rom_cdc_device    (*(void **)(uintptr_t)(REGISTER(ESP32P4_ROM) < ESP32P4_ROM_NEW ? 0x4FF3FFD4u : 0x4FFBFFD4u))

/* It may be suspended, which keeps it from being noticed. */
static inline void esp32p4_wake_otg(void)
{
    REGISTER(0x500E515Cu) |= 1u << 21;
}

/* A flash that the newest ROM switches on when it attaches it cannot be attached twice: its loader has done so. */
static inline bool esp32p4_flash_is_attached(void)
{
    return REGISTER(ESP32P4_ROM) >= ESP32P4_ROM_POWERS_FLASH && (REGISTER(ESP32P4_EFUSES) & 1u << 16) != 0;
}

#endif
