/* SPDX-License-Identifier: Apache-2.0 */
/* What chips do in the same way at other addresses. */
#include "common.h"
#include LOADER_CHIP

#define RTC_WATCHDOG_KEY 0x50D83AA1u
enum { RTC_WATCHDOG_TICKS = 2000 }; /* of about 150 kHz */

static void set_watchdog(uint32_t configuration)
{
#ifdef CHIP_WATCHDOG
    REGISTER(CHIP_WATCHDOG_KEYHOLE) = RTC_WATCHDOG_KEY;
    REGISTER(CHIP_WATCHDOG + 4) = RTC_WATCHDOG_TICKS;
    REGISTER(CHIP_WATCHDOG) = configuration;
    REGISTER(CHIP_WATCHDOG_KEYHOLE) = 0;
#else
    (void)configuration;
#endif
}

void watchdogs_off(void)
{
    set_watchdog(0);
#ifdef CHIP_SUPER_WATCHDOG
    REGISTER(CHIP_SUPER_WATCHDOG + 4) = CHIP_SUPER_WATCHDOG_KEY;
    REGISTER(CHIP_SUPER_WATCHDOG) |= CHIP_SUPER_WATCHDOG_FEEDS_ITSELF;
    REGISTER(CHIP_SUPER_WATCHDOG + 4) = 0;
#endif
}

void reset_chip(void)
{
#ifdef CHIP_WATCHDOG
    set_watchdog(1u << 31 | CHIP_WATCHDOG_RESETS << 28 | 1u << 14 | 1u << 11 | 1u << 8 | 2);
    rom_delay_us(500 * 1000);
#endif
}

void clock_up(bool usb)
{
    (void)usb;
#ifdef CHIP_CLOCK_UP
    CHIP_CLOCK_UP(usb);
#endif
}

void clock_down(void)
{
#ifdef CHIP_CLOCK_DOWN
    CHIP_CLOCK_DOWN();
#endif
}
