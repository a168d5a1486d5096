/* SPDX-License-Identifier: Apache-2.0 */
/* "Xtensa Instruction Set Architecture Reference Manual": core, code density and windowed registers. */
#include "base/bytes.h"
#include "image/verdict/code.h"

enum { ARGUMENT = 10, CALLED_FROM = 8, CALLED_TO = 15, FUNCTION_MAX = 400 /* instructions */ };

typedef struct xtensa {
    const code_program *program;
    code_registers registers;
    code_call *told;
    void *user;
} xtensa;

/* A call: the window moves by eight, so the upper registers are the called function's. */
static void call(xtensa *at)
{
    code_tell(&at->registers, ARGUMENT, at->told, at->user);
    code_forget(&at->registers, CALLED_FROM, CALLED_TO);
}

/* Numbers that no instruction can hold stand in front of the function. */
static void load_literal(xtensa *at, unsigned to, uint32_t address)
{
    code_forget(&at->registers, to, to);
    for (size_t i = 0; i < at->program->count; i++) {
        const code_part *part = &at->program->parts[i];
        if (address >= part->address && bytes_range_within(address - part->address, 4, part->size))
            code_set(&at->registers, to, bytes_get_le32(part->bytes + (address - part->address)));
    }
}

static void take_short(xtensa *at, uint32_t code)
{
    enum { LOAD = 8, ADD = 10, ADD_NUMBER = 11, NUMBER = 12, MOVE = 13, NEGATIVE_FROM = 96 };
    const unsigned t = code >> 4 & 15, s = code >> 8 & 15, r = code >> 12 & 15, kind = code & 15;
    const uint32_t number = (t & 7) << 4 | r;
    if (kind == LOAD)
        code_forget(&at->registers, t, t);
    else if (kind == ADD)
        code_forget(&at->registers, r, r);
    else if (kind == ADD_NUMBER)
        code_add(&at->registers, r, s, t != 0 ? t : UINT32_MAX);
    else if (kind == NUMBER && t < 8)
        code_set(&at->registers, s, number < NEGATIVE_FROM ? number : number - 128);
    else if (kind == MOVE && r == 0)
        code_add(&at->registers, t, s, 0);
}

/* Loads, stores, and what has a number of eight bits. */
static void take_memory(xtensa *at, uint32_t code)
{
    enum { STORE_8 = 4, STORE_32 = 6, NUMBER = 10, ADD_NUMBER = 12, ADD_UPPER = 13 };
    const unsigned t = code >> 4 & 15, s = code >> 8 & 15, kind = code >> 12 & 15;
    const uint32_t number = code_extend(code >> 16, 8);
    if (kind == NUMBER)
        code_set(&at->registers, t, code_extend(s << 8 | code >> 16, 12));
    else if (kind == ADD_NUMBER)
        code_add(&at->registers, t, s, number);
    else if (kind == ADD_UPPER)
        code_add(&at->registers, t, s, number << 8);
    else if (kind < STORE_8 || kind > STORE_32)
        code_forget(&at->registers, t, t);
}

static void take_calculation(xtensa *at, uint32_t code)
{
    enum { CALL_REGISTER = 0x0000E0, CALL_MASK = 0xFFF0F0, SHIFT = 1, OR = 0x20 };
    const unsigned t = code >> 4 & 15, s = code >> 8 & 15, r = code >> 12 & 15, kind = code >> 16;
    if ((code & CALL_MASK) == CALL_REGISTER)
        call(at);
    else if ((kind & ~0x10u) == SHIFT)
        code_shift_left(&at->registers, r, s, 32 - ((kind >> 4 & 1) << 4 | t));
    else if (kind == OR && s == t)
        code_add(&at->registers, r, s, 0);
    else if (kind != 0)
        code_forget(&at->registers, r, r);
}

static void take_long(xtensa *at, uint32_t code, uint32_t address)
{
    enum { CALCULATION = 0, LITERAL = 1, MEMORY = 2, CALL = 5, CALL_EIGHT = 0x20, BRANCH = 6, COMPARE = 7 };
    const unsigned kind = code & 15, r = code >> 12 & 15;
    if (kind == CALCULATION)
        take_calculation(at, code);
    else if (kind == LITERAL)
        load_literal(at, code >> 4 & 15, ((address + 3) & ~3u) + ((code >> 8 | 0xFFFF0000) << 2));
    else if (kind == MEMORY)
        take_memory(at, code);
    else if (kind == CALL && (code & 0x30) == CALL_EIGHT)
        call(at);
    else if (kind != BRANCH && kind != COMPARE)
        code_forget(&at->registers, r, r);
}

/* entry a1, …: how every function begins, on a whole word. */
static bool begins(const code_part *part, uint32_t at)
{
    return at % 4 == 0 && part->bytes[at] == 0x36 && (part->bytes[at + 1] & 15) == 1;
}

static void follow(const code_part *part, uint32_t start, xtensa *at)
{
    uint32_t i = start;
    for (unsigned step = 0; step < FUNCTION_MAX && bytes_range_within(i, 3, part->size); step++) {
        if (step > 0 && begins(part, i))
            return;
        const uint32_t code = bytes_get_le16(part->bytes + i) | (uint32_t)part->bytes[i + 2] << 16;
        if ((code & 8) != 0)
            take_short(at, code & 0xFFFF);
        else
            take_long(at, code, part->address + i);
        i += (code & 8) != 0 ? 2 : 3;
    }
}

void code_xtensa_calls(const code_program *program, code_call *told, void *user)
{
    for (size_t i = 0; i < program->count; i++) {
        const code_part *part = &program->parts[i];
        for (uint32_t start = 0; bytes_range_within(start, 3, part->size); start += 4) {
            xtensa at = {.program = program, .told = told, .user = user};
            if (begins(part, start))
                follow(part, start, &at);
        }
    }
}
