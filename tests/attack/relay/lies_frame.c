/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/chip.h"
#include "lies.h"
#include "protocol/command.h"

enum {
    JUNK_MOST = 300,
    SECTOR = 4096,
    MAGIC_ADDRESS = 0x40001000,
    CHIP_ID = 3, /* word of GET_SECURITY_INFO */
    HEX_SIZE = 2 * DIGEST_MD5_SIZE,
};

static uint32_t any_word(liar *l)
{
    return (uint32_t)liar_below(l, 1ull << 32);
}

static void fill_with_any(liar *l, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)liar_below(l, 256);
}

/* ---- of any message ---- */

bool lie_bit(liar *l, message *m)
{
    const uint64_t bit = liar_below(l, 8 * m->size);
    m->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    return liar_pass_closed(l, m);
}

bool lie_nothing(liar *l, message *m)
{
    (void)l;
    (void)m;
    return true;
}

bool lie_twice(liar *l, message *m)
{
    liar_pass(l, m);
    liar_pass(l, m);
    return true;
}

bool lie_often(liar *l, message *m)
{
    for (uint64_t i = 3 + liar_below(l, 30); i > 0; i--)
        liar_pass(l, m);
    return true;
}

bool lie_late(liar *l, message *m)
{
    if (l->holds)
        return false;
    liar_copy(&l->held, m);
    l->holds = true;
    return true;
}

bool lie_old(liar *l, message *m)
{
    if (l->old[m->kind].size == 0)
        return false;
    liar_pass(l, &l->old[m->kind]);
    return true;
}

bool lie_short(liar *l, message *m)
{
    m->size = 1 + (size_t)liar_below(l, m->size - 1);
    liar_pass(l, m);
    return true;
}

bool lie_long(liar *l, message *m)
{
    const size_t more = 1 + (size_t)liar_below(l, 64);
    if (m->size + more > sizeof(m->bytes))
        return false;
    fill_with_any(l, m->bytes + m->size, more);
    m->size += more;
    liar_pass(l, m);
    return true;
}

bool lie_junk_first(liar *l, message *m)
{
    uint8_t junk[JUNK_MOST];
    const size_t size = 1 + (size_t)liar_below(l, sizeof(junk));
    fill_with_any(l, junk, size);
    liar_say(l, junk, size);
    liar_pass(l, m);
    return true;
}

/* ---- responses ---- */

bool lie_is_register(const liar *l, const message *m)
{
    (void)m;
    return l->asked.op == OP_READ_REG;
}

/* Manufacturer and size, as JEDEC numbers them. */
bool lie_is_flash_id(const liar *l, const message *m)
{
    static const uint8_t makers[] = {0xEF, 0xC8, 0x20, 0x68, 0x46, 0xC2, 0x85, 0x1C};
    (void)l;
    const uint32_t value = bytes_get_le32(m->bytes + 4);
    const uint8_t size = (uint8_t)(value >> 16);
    return m->size < 32 && value >> 24 == 0 && size >= 0x10 && size <= 0x1A &&
           memchr(makers, (int)(value & 0xFF), sizeof(makers)) != NULL;
}

static bool say_value(liar *l, message *m, uint32_t value)
{
    const bool other = bytes_get_le32(m->bytes + 4) != value;
    bytes_put_le32(m->bytes + 4, value);
    if (other)
        liar_pass(l, m);
    return other;
}

bool lie_value(liar *l, message *m)
{
    return say_value(l, m, any_word(l));
}

bool lie_value_bit(liar *l, message *m)
{
    return say_value(l, m, bytes_get_le32(m->bytes + 4) ^ 1u << liar_below(l, 32));
}

bool lie_value_zero(liar *l, message *m)
{
    return say_value(l, m, 0);
}

bool lie_value_ones(liar *l, message *m)
{
    return say_value(l, m, UINT32_MAX);
}

bool lie_value_old(liar *l, message *m)
{
    return say_value(l, m, bytes_get_le32(l->old[LIAR_RESPONSE].bytes + 4));
}

bool lie_flash_id(liar *l, message *m)
{
    static const int steps[] = {-1, 1, -2, 2, 4};
    const int step = steps[l->rate == LIAR_ALWAYS ? l->once % 5 : liar_below(l, 5)];
    const uint32_t id = bytes_get_le32(m->bytes + 4);
    return say_value(l, m, (id & 0xFFFF) | (uint32_t)((int)(id >> 16) + step) << 16);
}

/* By the id of GET_SECURITY_INFO, and by the word of the ROM that tells older chips. */
bool lie_other_chip(liar *l, message *m)
{
    size_t count;
    const espbak_chip *const *chips = espbak_chips(&count);
    const espbak_chip *other = chips[(l->rate == LIAR_ALWAYS ? l->once : liar_below(l, count)) % count];
    if (m->op == OP_READ_REG)
        return liar_word(&l->asked, 0) == MAGIC_ADDRESS && other->magic != 0 && say_value(l, m, other->magic);
    const uint32_t before = liar_word(m, CHIP_ID);
    liar_put_word(m, CHIP_ID, other->image_chip_id);
    liar_pass(l, m);
    return before != other->image_chip_id;
}

bool lie_is_digest(const liar *l, const message *m)
{
    const size_t size = liar_payload(l, m);
    return size == DIGEST_MD5_SIZE || size == HEX_SIZE;
}

bool lie_digest(liar *l, message *m)
{
    uint8_t md5[DIGEST_MD5_SIZE];
    char hex[HEX_SIZE + 1];
    fill_with_any(l, md5, sizeof(md5));
    bytes_to_hex(hex, md5, sizeof(md5));
    if (liar_payload(l, m) == HEX_SIZE)
        memcpy(m->bytes + LIAR_HEADER, hex, HEX_SIZE);
    else
        memcpy(m->bytes + LIAR_HEADER, md5, sizeof(md5));
    liar_pass(l, m);
    return true;
}

bool lie_digest_old(liar *l, message *m)
{
    const message *old = &l->old[LIAR_RESPONSE];
    const bool same = old->size == m->size && memcmp(old->bytes, m->bytes, m->size) == 0;
    if (old->op != OP_SPI_FLASH_MD5 || old->size != m->size || same)
        return false;
    liar_pass(l, old);
    return true;
}

static uint8_t *status_of(const liar *l, message *m)
{
    return m->bytes + LIAR_HEADER + liar_payload(l, m);
}

bool lie_refusal(liar *l, message *m)
{
    static const uint8_t codes[] = {0x05, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0xC0, 0xC1, 0xC3, 0xC9, 0xFF};
    uint8_t *status = status_of(l, m);
    if (m->size < LIAR_HEADER + COMMAND_STATUS_STUB)
        return false;
    status[0] = liar_below(l, 4) > 0 ? 1 : (uint8_t)(1 + liar_below(l, 255));
    status[1] = codes[liar_below(l, sizeof(codes))];
    liar_pass(l, m);
    return true;
}

bool lie_refusal_first(liar *l, message *m)
{
    static message refusal;
    liar_copy(&refusal, m);
    if (!lie_refusal(l, &refusal))
        return false;
    liar_pass(l, m);
    return true;
}

bool lie_success(liar *l, message *m)
{
    uint8_t *status = status_of(l, m);
    const bool refused = m->size >= LIAR_HEADER + COMMAND_STATUS_STUB && status[0] != 0;
    if (refused) {
        status[0] = status[1] = 0;
        liar_pass(l, m);
    }
    return refused;
}

bool lie_other_op(liar *l, message *m)
{
    m->bytes[1] = (uint8_t)(liar_below(l, 2) == 0 ? liar_below(l, 0x15) : liar_below(l, 256));
    if (m->bytes[1] == m->op)
        return false;
    liar_pass(l, m);
    return true;
}

bool lie_length(liar *l, message *m)
{
    bytes_put_le16(m->bytes + 2, (uint16_t)liar_below(l, liar_below(l, 2) == 0 ? 64 : 65536));
    liar_pass(l, m);
    return true;
}

/* A delimiter in the middle of it. */
bool lie_split(liar *l, message *m)
{
    static message part;
    const size_t size = m->size, at = 1 + (size_t)liar_below(l, size - 1);
    liar_copy(&part, m);
    part.size = at;
    liar_pass(l, &part);
    part.size = size - at;
    memcpy(part.bytes, m->bytes + at, part.size);
    liar_pass(l, &part);
    return true;
}

bool lie_payload(liar *l, message *m)
{
    if (liar_payload(l, m) == 0)
        return false;
    fill_with_any(l, m->bytes + LIAR_HEADER, liar_payload(l, m));
    liar_pass(l, m);
    return true;
}

/* What the host has said comes back first. */
bool lie_echo(liar *l, message *m)
{
    static message echo;
    liar_copy(&echo, &l->asked);
    echo.kind = m->kind;
    echo.bytes[0] = (uint8_t)liar_below(l, 2);
    liar_pass(l, &echo);
    liar_pass(l, m);
    return true;
}

/* ---- flash contents from a stub ---- */

/* The digest behind them; contents of 16 bytes are asked for by nobody. */
static bool is_digest_of_packets(const message *m)
{
    return m->size == DIGEST_MD5_SIZE;
}

bool lie_packet(liar *l, message *m)
{
    if (liar_below(l, 2) == 0)
        m->bytes[liar_below(l, m->size)] ^= (uint8_t)(1 + liar_below(l, 255));
    else
        fill_with_any(l, m->bytes, m->size);
    liar_pass(l, m);
    return true;
}

bool lie_packet_erased(liar *l, message *m)
{
    if (is_digest_of_packets(m) || bytes_are_all(m->bytes, m->size, 0xFF))
        return false;
    memset(m->bytes, 0xFF, m->size);
    liar_pass(l, m);
    return true;
}

/* Other contents, and the digest that fits them. */
bool lie_packet_and_digest(liar *l, message *m)
{
    espbak_error ignored = {0};
    if (is_digest_of_packets(m)) {
        if (digest_finish(l->of_unread, m->bytes, &ignored) != ESPBAK_OK)
            return false;
        liar_pass(l, m);
        return true;
    }
    if (m->size < SECTOR / 4)
        return false;
    m->bytes[liar_below(l, m->size)] ^= (uint8_t)(1 + liar_below(l, 255));
    if (digest_update(l->of_unread, m->bytes, m->size, &ignored) != ESPBAK_OK)
        return false;
    liar_pass(l, m);
    return true;
}
