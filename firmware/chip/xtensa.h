/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_XTENSA_H
#define FIRMWARE_CHIP_XTENSA_H

#include <stdint.h>

static inline uint32_t interrupts_off(void)
{
    uint32_t before;
    __asm__ volatile("rsil %0, 15" : "=a"(before) : : "memory");
    return before;
}

/* `before` is what interrupts_off returned. */
static inline void interrupts_as(uint32_t before)
{
    __asm__ volatile("wsr.ps %0\n\trsync" : : "a"(before) : "memory");
}

static inline void interrupts_on(void)
{
    uint32_t before;
    __asm__ volatile("rsil %0, 0" : "=a"(before) : : "memory");
}

static inline void cycles_start(void)
{
}

static inline uint32_t cycles(void)
{
    uint32_t count;
    __asm__ volatile("rsr.ccount %0" : "=a"(count));
    return count;
}

#endif
