/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODE_H
#define CODE_H

/*
 * Machine code, as far as it says which numbers a function is called with: what a project was configured to is often in
 * no table, but an argument. Values are followed from where they are made, past branches and without their targets, so
 * what is found is likely and not proven.
 */

#include <stddef.h>
#include <stdint.h>

#include "espbak/image.h"

typedef struct code_part {
    const uint8_t *bytes;
    uint32_t address, size;
} code_part;

typedef struct code_program {
    code_part parts[ESPBAK_IMAGE_SEGMENTS_MAX + 1];
    size_t count;
} code_program;

/* A call whose first two arguments are known. */
typedef void code_call(void *user, uint32_t first, uint32_t second);

void code_riscv_calls(const code_program *program, code_call *told, void *user);

/* As compiled for the windowed ABI, which is what ESP-IDF uses. */
void code_xtensa_calls(const code_program *program, code_call *told, void *user);

/* What is known of the registers at some instruction; all zero: nothing. */
typedef struct code_registers {
    uint32_t values[32], known; /* a bit for each that is */
} code_registers;

static inline void code_forget(code_registers *registers, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        registers->known &= ~(1u << i);
}

static inline void code_set(code_registers *registers, unsigned index, uint32_t value)
{
    registers->values[index] = value;
    registers->known |= 1u << index;
}

/* `to` becomes the sum of a register and a number, where the register is known. */
static inline void code_add(code_registers *registers, unsigned to, unsigned from, uint32_t more)
{
    if ((registers->known >> from & 1) != 0)
        code_set(registers, to, registers->values[from] + more);
    else
        code_forget(registers, to, to);
}

static inline void code_shift_left(code_registers *registers, unsigned to, unsigned from, unsigned bits)
{
    if ((registers->known >> from & 1) != 0)
        code_set(registers, to, registers->values[from] << (bits & 31));
    else
        code_forget(registers, to, to);
}

/* The low `bits` of a number that may be negative. */
static inline uint32_t code_extend(uint32_t value, unsigned bits)
{
    const uint32_t sign = 1u << (bits - 1);
    return (value & (2 * sign - 1) & ~sign) - (value & sign);
}

static inline void code_tell(const code_registers *registers, unsigned first, code_call *told, void *user)
{
    if ((registers->known >> first & 3) == 3)
        told(user, registers->values[first], registers->values[first + 1]);
}

#endif
