/* SPDX-License-Identifier: Apache-2.0 */
/* "The RISC-V Instruction Set Manual", RV32I and C. */
#include "base/bytes.h"
#include "image/verdict/code.h"

enum { RA = 1, SP = 2, A0 = 10 };

typedef struct riscv {
    code_registers registers;
    code_call *told;
    void *user;
} riscv;

/* A call: what the caller has to save is lost. */
static void call(riscv *at)
{
    code_tell(&at->registers, A0, at->told, at->user);
    code_forget(&at->registers, 5, 7);
    code_forget(&at->registers, A0, 17);
    code_forget(&at->registers, 28, 31);
}

/* What follows is come to from elsewhere. */
static void leave(riscv *at)
{
    at->registers.known = 0;
}

/* Quadrant 1: numbers, and jumps. */
static void take_number(riscv *at, uint32_t code)
{
    enum { ADD = 0, CALL = 1, LOAD = 2, LOAD_UPPER = 3, CALCULATE = 4, JUMP = 5 };
    const unsigned to = code >> 7 & 31;
    const uint32_t number = code_extend((code >> 12 & 1) << 5 | (code >> 2 & 31), 6);
    switch (code >> 13) {
    case ADD:
        code_add(&at->registers, to, to, number);
        break;
    case CALL:
        call(at);
        break;
    case LOAD:
        code_set(&at->registers, to, number);
        break;
    case LOAD_UPPER:
        if (to != SP)
            code_set(&at->registers, to, number << 12);
        break;
    case CALCULATE:
        code_forget(&at->registers, 8 + (to & 7), 8 + (to & 7));
        break;
    case JUMP:
        leave(at);
        break;
    default: /* branches */
        break;
    }
}

/* Quadrant 2: the stack, moves, and jumps to a register. */
static void take_move(riscv *at, uint32_t code)
{
    enum { SHIFT = 0, LOAD = 2, MOVE = 4 };
    const unsigned to = code >> 7 & 31, from = code >> 2 & 31, kind = code >> 13;
    const bool second = (code >> 12 & 1) != 0;
    if (kind == SHIFT)
        code_shift_left(&at->registers, to, to, from);
    else if (kind == LOAD || (kind == MOVE && second && from != 0))
        code_forget(&at->registers, to, to);
    else if (kind == MOVE && from != 0)
        code_add(&at->registers, to, from, 0);
    else if (kind == MOVE && second)
        call(at);
    else if (kind == MOVE)
        leave(at);
}

static void take_short(riscv *at, uint32_t code)
{
    const unsigned to = 8 + (code >> 2 & 7);
    if ((code & 3) == 1)
        take_number(at, code);
    else if ((code & 3) == 2)
        take_move(at, code);
    else if (code >> 13 < 4) /* what is not a store */
        code_forget(&at->registers, to, to);
}

static void take_long(riscv *at, uint32_t code)
{
    enum { LOAD_UPPER = 0x37, NUMBER = 0x13, JUMP = 0x6F, JUMP_REGISTER = 0x67, STORE = 0x23, BRANCH = 0x63 };
    const unsigned to = code >> 7 & 31, from = code >> 15 & 31, kind = code & 0x7F, function = code >> 12 & 7;
    if (kind == LOAD_UPPER)
        code_set(&at->registers, to, code & 0xFFFFF000);
    else if (kind == NUMBER && function == 0)
        code_add(&at->registers, to, from, code_extend(code >> 20, 12));
    else if (kind == NUMBER && function == 1)
        code_shift_left(&at->registers, to, from, code >> 20);
    else if ((kind == JUMP || kind == JUMP_REGISTER) && to == RA)
        call(at);
    else if (kind == JUMP || kind == JUMP_REGISTER)
        leave(at);
    else if (kind != STORE && kind != BRANCH)
        code_forget(&at->registers, to, to);
}

static void follow(const code_part *part, riscv *at)
{
    for (uint32_t i = 0; i + 2 <= part->size;) {
        const uint32_t code = bytes_get_le16(part->bytes + i);
        code_set(&at->registers, 0, 0);
        if ((code & 3) != 3) {
            take_short(at, code);
            i += 2;
            continue;
        }
        if (i + 4 > part->size)
            return;
        take_long(at, bytes_get_le32(part->bytes + i));
        i += 4;
    }
}

void code_riscv_calls(const code_program *program, code_call *told, void *user)
{
    for (size_t i = 0; i < program->count; i++) {
        riscv at = {.told = told, .user = user};
        follow(&program->parts[i], &at);
    }
}
