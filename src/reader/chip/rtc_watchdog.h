/* SPDX-License-Identifier: Apache-2.0 */
#ifndef READER_CHIP_RTC_WATCHDOG_H
#define READER_CHIP_RTC_WATCHDOG_H

/* The watchdog of the always-on part, whose configuration register and key register are elsewhere on each chip. */

#include "chip.h"

#define RTC_WATCHDOG_KEY 0x50D83AA1u
enum { RTC_WATCHDOG_TICKS = 2000 }; /* of about 150 kHz */

static inline void rtc_watchdog_set(uint32_t watchdog, uint32_t keyhole, uint32_t configuration)
{
    REGISTER(keyhole) = RTC_WATCHDOG_KEY;
    REGISTER(watchdog + 4) = RTC_WATCHDOG_TICKS;
    REGISTER(watchdog) = configuration;
    REGISTER(keyhole) = 0;
}

/* `action` is the one that resets everything, so that boot pins are looked at again. */
static inline void rtc_watchdog_bite(uint32_t watchdog, uint32_t keyhole, uint32_t action)
{
    rtc_watchdog_set(watchdog, keyhole, 1u << 31 | action << 28 | 1u << 14 | 1u << 11 | 1u << 8);
    rom_delay_us(500 * 1000);
}

#endif
