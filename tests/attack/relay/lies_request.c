/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "lies.h"
#include "protocol/command.h"

enum {
    SECTOR = 4096,
    FLASH_SIZE = 256 * 1024,
    SECTORS = FLASH_SIZE / SECTOR,
    BLOCK_HEAD = 16, /* length, sequence, 0, 0 */
};

/* Nothing but zeros behind its header. */
static void make_frame(message *m, liar_kind kind, uint8_t op, size_t size)
{
    m->kind = kind;
    m->op = op;
    m->size = LIAR_HEADER + size;
    memset(m->bytes, 0, m->size);
    m->bytes[0] = kind == LIAR_RESPONSE;
    m->bytes[1] = op;
    bytes_put_le16(m->bytes + 2, (uint16_t)size);
}

bool lie_is_block_of_flash(const liar *l, const message *m)
{
    (void)l;
    return m->op == OP_FLASH_DATA || m->op == OP_FLASH_DEFL_DATA;
}

/* The chip never hears of it, and it is said to be done. */
bool lie_done(liar *l, message *m)
{
    static message answer;
    make_frame(&answer, LIAR_RESPONSE, m->op, l->stub ? COMMAND_STATUS_STUB : COMMAND_STATUS_ROM);
    liar_pass(l, &answer);
    return true;
}

bool lie_where(liar *l, message *m)
{
    return liar_say_word(l, m, 0, (uint32_t)liar_below(l, SECTORS) * SECTOR);
}

bool lie_how_much(liar *l, message *m)
{
    return liar_say_word(l, m, 1, (uint32_t)(1 + liar_below(l, SECTORS)) * SECTOR);
}

/* FLASH_BEGIN and FLASH_DEFL_BEGIN: size, blocks, size of a block, place. */
bool lie_begin_where(liar *l, message *m)
{
    return liar_say_word(l, m, 3, (uint32_t)liar_below(l, SECTORS) * SECTOR);
}

bool lie_begin_how_much(liar *l, message *m)
{
    return liar_say_word(l, m, 0, (uint32_t)(1 + liar_below(l, SECTORS)) * SECTOR);
}

bool lie_register(liar *l, message *m)
{
    return liar_say_word(l, m, 0, liar_word(m, 0) ^ 4u << liar_below(l, 6));
}

/* One that reads, as the controller is told it: eight bits of a code. */
bool lie_is_flash_command(const liar *l, const message *m)
{
    (void)l;
    return liar_word(m, 1) >> 28 == 7 && (liar_word(m, 1) & 0x0FFFFF00) == 0;
}

/* A manufacturer where a status register was asked for looks like one that protects. */
bool lie_flash_command(liar *l, message *m)
{
    static const uint8_t codes[] = {0x9F, 0x9F, 0x5A, 0x05, 0x35, 0x15, 0x4B};
    return liar_say_word(l, m, 1, 7u << 28 | codes[liar_below(l, sizeof(codes))]);
}

/* Other contents, with their checksum. */
bool lie_block(liar *l, message *m)
{
    if (m->size <= LIAR_HEADER + BLOCK_HEAD)
        return false;
    m->bytes[LIAR_HEADER + BLOCK_HEAD + liar_below(l, m->size - LIAR_HEADER - BLOCK_HEAD)] ^=
        (uint8_t)(1 + liar_below(l, 255));
    return liar_pass_closed(l, m);
}

bool lie_sequence(liar *l, message *m)
{
    return liar_say_word(l, m, 1, liar_below(l, 2) == 0 ? 0 : liar_word(m, 1) + 1);
}

/* The same request, made one that erases: READ_FLASH is one bit away. */
bool lie_erase_all(liar *l, message *m)
{
    m->bytes[1] = OP_ERASE_FLASH;
    return liar_pass_closed(l, m);
}

bool lie_erase_some(liar *l, message *m)
{
    m->bytes[1] = OP_ERASE_REGION;
    return liar_pass_closed(l, m);
}

/* One more request in front, which erases from somewhere on; nobody hears its answer. */
bool lie_erase_first(liar *l, message *m)
{
    static message begin;
    make_frame(&begin, LIAR_REQUEST, OP_FLASH_BEGIN, l->stub ? 16 : 20);
    liar_put_word(&begin, 0, SECTOR);
    liar_put_word(&begin, 1, 1);
    liar_put_word(&begin, 2, 0x400);
    liar_put_word(&begin, 3, (uint32_t)liar_below(l, SECTORS) * SECTOR);
    liar_pass(l, &begin);
    liar_pass(l, m);
    return true;
}

/* And one that ends the loader, or begins a restart. */
bool lie_end_first(liar *l, message *m)
{
    static message end;
    make_frame(&end, LIAR_REQUEST, OP_FLASH_END, WIRE_WORD);
    liar_put_word(&end, 0, (uint32_t)liar_below(l, 2));
    liar_pass(l, &end);
    liar_pass(l, m);
    return true;
}
