/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "lies.h"

enum { SECTOR = 4096, FLASH_SIZE = 256 * 1024, SECTORS = FLASH_SIZE / SECTOR };

static uint32_t kind_of(const message *m)
{
    return liar_word(m, WIRE_REPLY_KIND) & 0xFF;
}

/* ---- replies ---- */

/* Contents as they are, of so many bytes, with all their checksums. */
static bool say_contents(liar *l, message *m, uint32_t size)
{
    liar_put_word(m, WIRE_REPLY_KIND, WIRE_KIND_RAW);
    liar_put_word(m, WIRE_REPLY_PAYLOAD, size);
    m->size = WIRE_REPLY_SIZE + size;
    return liar_pass_closed(l, m);
}

bool own_lie_contents(liar *l, message *m)
{
    const uint32_t size = liar_word(m, WIRE_REPLY_RAW);
    if (size == 0 || size > WIRE_BLOCK_MOST)
        return false;
    if (kind_of(m) != WIRE_KIND_RAW)
        memset(m->bytes + WIRE_REPLY_SIZE, 0x55, size);
    m->bytes[WIRE_REPLY_SIZE + liar_below(l, size)] ^= (uint8_t)(1 + liar_below(l, 255));
    return say_contents(l, m, size);
}

bool own_lie_erased(liar *l, message *m)
{
    const uint32_t size = liar_word(m, WIRE_REPLY_RAW);
    if (size == 0 || size > WIRE_BLOCK_MOST || kind_of(m) == WIRE_KIND_BLANK)
        return false;
    memset(m->bytes + WIRE_REPLY_SIZE, 0xFF, size);
    const uLong crc = crc32(0, m->bytes + WIRE_REPLY_SIZE, size);
    liar_put_word(m, WIRE_REPLY_KIND, WIRE_KIND_BLANK);
    liar_put_word(m, WIRE_REPLY_PAYLOAD, 0);
    liar_put_word(m, WIRE_REPLY_RAW_CRC, (uint32_t)crc);
    m->size = WIRE_REPLY_SIZE;
    return liar_pass_closed(l, m);
}

/* The answer before, under the tag and the address of this one. */
static bool say_old(liar *l, const message *m)
{
    static message old;
    liar_copy(&old, &l->old[LIAR_OWN_SAID]);
    if (old.op != m->op || liar_word(&old, WIRE_REPLY_RAW) != liar_word(m, WIRE_REPLY_RAW))
        return false;
    liar_put_word(&old, WIRE_REPLY_TAG, liar_word(m, WIRE_REPLY_TAG));
    liar_put_word(&old, WIRE_REPLY_ADDRESS, liar_word(m, WIRE_REPLY_ADDRESS));
    return liar_pass_closed(l, &old);
}

bool own_lie_old_contents(liar *l, message *m)
{
    return say_old(l, m);
}

bool own_lie_digest_old(liar *l, message *m)
{
    return l->old[LIAR_OWN_SAID].size == m->size && say_old(l, m);
}

bool own_lie_digest(liar *l, message *m)
{
    if (m->size <= WIRE_REPLY_SIZE)
        return false;
    m->bytes[WIRE_REPLY_SIZE + liar_below(l, m->size - WIRE_REPLY_SIZE)] ^= (uint8_t)(1 + liar_below(l, 255));
    return liar_pass_closed(l, m);
}

static bool say_short(liar *l, message *m, uint32_t kind)
{
    liar_put_word(m, WIRE_REPLY_KIND, kind);
    liar_put_word(m, WIRE_REPLY_PAYLOAD, 0);
    liar_put_word(m, WIRE_REPLY_RAW_CRC, 0);
    m->size = WIRE_REPLY_SIZE;
    return liar_pass_closed(l, m);
}

bool own_lie_refused(liar *l, message *m)
{
    const uint32_t status = (uint32_t)liar_below(l, WIRE_STATUS_DIFFERS + 2);
    return say_short(l, m, WIRE_KIND_REFUSED | status << 8);
}

bool own_lie_done(liar *l, message *m)
{
    return kind_of(m) != WIRE_KIND_DONE && say_short(l, m, WIRE_KIND_DONE);
}

/* What the program says of itself, a word of it: none, few, other, as many as there are. */
bool own_lie_info(liar *l, message *m)
{
    const size_t words = (m->size - WIRE_REPLY_SIZE) / WIRE_WORD;
    const uint32_t values[] = {0, 1, (uint32_t)liar_below(l, 1ull << 32), UINT32_MAX};
    if (words == 0)
        return false;
    return liar_say_word(l, m, WIRE_REPLY_WORDS + (size_t)liar_below(l, words), values[liar_below(l, 4)]);
}

bool own_lie_tag(liar *l, message *m)
{
    const uint32_t values[] = {0, liar_word(m, WIRE_REPLY_TAG) - 1, liar_word(m, WIRE_REPLY_TAG) + 1};
    return liar_say_word(l, m, WIRE_REPLY_TAG, values[liar_below(l, 3)]);
}

bool own_lie_address(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REPLY_ADDRESS, (uint32_t)liar_below(l, SECTORS) * SECTOR);
}

bool own_lie_kind(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REPLY_KIND, (uint32_t)liar_below(l, 12));
}

/* A word of the header, with the checksum that fits. */
bool own_lie_word(liar *l, message *m)
{
    const size_t index = (size_t)liar_below(l, WIRE_REPLY_CRC);
    return liar_say_word(l, m, index, liar_word(m, index) ^ 1u << liar_below(l, 32));
}

/* Its second half does not come. */
bool own_lie_torn(liar *l, message *m)
{
    liar_say(l, m->bytes, m->size / 2);
    return true;
}

/* ---- requests ---- */

bool own_lie_where(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REQUEST_ADDRESS, (uint32_t)liar_below(l, SECTORS) * SECTOR);
}

bool own_lie_how_much(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REQUEST_LENGTH, (uint32_t)(1 + liar_below(l, SECTORS)) * SECTOR);
}

/* Digests of the other kind are made. */
bool own_lie_other_digest(liar *l, message *m)
{
    const bool md5 = liar_word(m, WIRE_REQUEST_OP) == WIRE_OP_MD5;
    return liar_say_word(l, m, WIRE_REQUEST_OP, md5 ? WIRE_OP_SHA256 : WIRE_OP_MD5);
}

bool own_lie_argument(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REQUEST_ARGUMENT, liar_word(m, WIRE_REQUEST_ARGUMENT) ^ 1u << liar_below(l, 32));
}

/* Other contents; the digest of them that the chip has to check is another one as well, where they are plain. */
bool own_lie_write(liar *l, message *m)
{
    uint8_t *payload = m->bytes + WIRE_REQUEST_SIZE;
    uint8_t *data = payload + WIRE_WRITE_WORDS * WIRE_WORD;
    if (m->size < WIRE_REQUEST_SIZE + (WIRE_WRITE_WORDS + 1) * WIRE_WORD)
        return false;
    const uint32_t size = bytes_get_le32(payload + WIRE_WRITE_SIZE * WIRE_WORD);
    if (size == 0 || size > m->size - WIRE_REQUEST_SIZE - (WIRE_WRITE_WORDS + 1) * WIRE_WORD)
        return false;
    data[liar_below(l, size)] ^= (uint8_t)(1 + liar_below(l, 255));
    if (bytes_get_le32(payload + WIRE_WRITE_FORM * WIRE_WORD) == WIRE_FORM_RAW)
        bytes_put_le32(payload + WIRE_WRITE_CRC * WIRE_WORD, (uint32_t)crc32(0, data, size));
    return liar_pass_closed(l, m);
}

bool own_lie_erase(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REQUEST_OP, WIRE_OP_ERASE);
}

bool own_lie_writes(liar *l, message *m)
{
    return liar_say_word(l, m, WIRE_REQUEST_OP, WIRE_OP_WRITE);
}

/* The chip never hears of it, and it is said to be done. */
bool own_lie_not_done(liar *l, message *m)
{
    static message answer;
    answer.kind = LIAR_OWN_SAID;
    answer.op = m->op;
    answer.size = WIRE_REPLY_SIZE;
    memset(answer.bytes, 0, WIRE_REPLY_SIZE);
    liar_put_word(&answer, WIRE_REPLY_MAGIC, WIRE_REPLY_MARK);
    liar_put_word(&answer, WIRE_REPLY_TAG, liar_word(m, WIRE_REQUEST_TAG));
    liar_put_word(&answer, WIRE_REPLY_KIND, WIRE_KIND_DONE);
    liar_put_word(&answer, WIRE_REPLY_ADDRESS, liar_word(m, WIRE_REQUEST_ADDRESS));
    liar_put_word(&answer, WIRE_REPLY_RAW, liar_word(m, WIRE_REQUEST_LENGTH));
    return liar_pass_closed(l, &answer);
}

/* Everything may be written. */
bool own_lie_allow_all(liar *l, message *m)
{
    liar_put_word(m, WIRE_REQUEST_ADDRESS, 0);
    return liar_say_word(l, m, WIRE_REQUEST_LENGTH, FLASH_SIZE);
}
