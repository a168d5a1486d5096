/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_CHIP_RISCV_H
#define FIRMWARE_CHIP_RISCV_H

#include <stdint.h>

/* The newest chips have the first ones for the processor itself. */
#ifndef CHIP_FIRST_INTERRUPT
#define CHIP_FIRST_INTERRUPT 0
#endif

static inline uint32_t interrupts_off(void)
{
    uint32_t before;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before) : : "memory");
    return before;
}

/* `before` is what interrupts_off returned. */
static inline void interrupts_as(uint32_t before)
{
    __asm__ volatile("csrs mstatus, %0" : : "r"(before & 8) : "memory");
}

static inline void interrupts_on(void)
{
    __asm__ volatile("csrsi mstatus, 8" : : : "memory");
}

/* Chips before the C5 count cycles in registers of their own, which have to be started. */
static inline void cycles_start(void)
{
#ifdef CHIP_OLD_CYCLES
    __asm__ volatile("csrwi 0x7e0, 1\n\tcsrwi 0x7e1, 1");
#endif
}

static inline uint32_t cycles(void)
{
    uint32_t count;
#ifdef CHIP_OLD_CYCLES
    __asm__ volatile("csrr %0, 0x7e2" : "=r"(count));
#else
    __asm__ volatile("csrr %0, mcycle" : "=r"(count));
#endif
    return count;
}

#endif
