/* SPDX-License-Identifier: Apache-2.0 */
#include "liar.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "lies.h"
#include "protocol/command.h"
#include "sim/common/random.h"
#include "support/relay.h"

enum { IN_SIZE = 2 * LIAR_MESSAGE_MOST, OFTEN = 8, PATIENCE = 60 * ESPBAK_S };

uint64_t liar_below(liar *l, uint64_t limit)
{
    return sim_random(&l->random) % limit;
}

/* ---- words of a message ---- */

static uint8_t *word_at(const message *m, size_t index)
{
    const bool own = m->kind == LIAR_OWN_ASKED || m->kind == LIAR_OWN_SAID;
    const size_t at = WIRE_WORD * index + (own ? 0 : LIAR_HEADER);
    return at + WIRE_WORD <= m->size ? (uint8_t *)m->bytes + at : NULL;
}

uint32_t liar_word(const message *m, size_t index)
{
    const uint8_t *at = word_at(m, index);
    return at != NULL ? bytes_get_le32(at) : 0;
}

void liar_put_word(message *m, size_t index, uint32_t value)
{
    uint8_t *at = word_at(m, index);
    if (at != NULL)
        bytes_put_le32(at, value);
}

size_t liar_payload(const liar *l, const message *m)
{
    const size_t around = LIAR_HEADER + (l->stub ? COMMAND_STATUS_STUB : COMMAND_STATUS_ROM);
    return m->size > around ? m->size - around : 0;
}

static uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    return (uint32_t)crc32(0, bytes, (uInt)size);
}

static void close_own_request(message *m)
{
    if (m->size < WIRE_REQUEST_SIZE)
        return;
    bytes_put_le32(m->bytes + WIRE_REQUEST_CRC * WIRE_WORD, crc_of(m->bytes, WIRE_REQUEST_CRC * WIRE_WORD));
    if (m->size > WIRE_REQUEST_SIZE + WIRE_WORD)
        bytes_put_le32(m->bytes + m->size - WIRE_WORD,
                       crc_of(m->bytes + WIRE_REQUEST_SIZE, m->size - WIRE_REQUEST_SIZE - WIRE_WORD));
}

/* A deflated block keeps the digest of what it was. */
static void close_own_reply(message *m)
{
    if (m->size < WIRE_REPLY_SIZE)
        return;
    const uint32_t kind = liar_word(m, WIRE_REPLY_KIND) & 0xFF;
    if (kind != WIRE_KIND_DEFLATE && kind != WIRE_KIND_BLANK && m->size > WIRE_REPLY_SIZE)
        liar_put_word(m, WIRE_REPLY_RAW_CRC, crc_of(m->bytes + WIRE_REPLY_SIZE, m->size - WIRE_REPLY_SIZE));
    liar_put_word(m, WIRE_REPLY_CRC, crc_of(m->bytes, WIRE_REPLY_CRC * WIRE_WORD));
}

void liar_close_message(message *m)
{
    const bool block = m->op == OP_FLASH_DATA || m->op == OP_FLASH_DEFL_DATA || m->op == OP_MEM_DATA;
    if (m->kind == LIAR_OWN_ASKED)
        close_own_request(m);
    else if (m->kind == LIAR_OWN_SAID)
        close_own_reply(m);
    else if (m->kind == LIAR_REQUEST && block && m->size > LIAR_HEADER + 16)
        bytes_put_le32(m->bytes + 4, command_checksum(m->bytes + LIAR_HEADER + 16, m->size - LIAR_HEADER - 16));
}

/* ---- passing on ---- */

void liar_say(liar *l, const void *bytes, size_t size)
{
    if (l->out_size + size > l->out_room) {
        l->out_room = 2 * (l->out_size + size);
        l->out = realloc(l->out, l->out_room);
        if (l->out == NULL)
            abort();
    }
    memcpy(l->out + l->out_size, bytes, size);
    l->out_size += size;
}

void liar_pass(liar *l, const message *m)
{
    static uint8_t frame[SLIP_ENCODED_MAX(LIAR_MESSAGE_MOST)];
    const bool own = m->kind == LIAR_OWN_ASKED || m->kind == LIAR_OWN_SAID;
    const uint8_t *bytes = own ? m->bytes : frame;
    const size_t size = own ? m->size : slip_encode(frame, m->bytes, m->size);
    espbak_error ignored = {0};
    size_t put;
    if (m->kind == LIAR_REQUEST || m->kind == LIAR_OWN_ASKED)
        (void)(relay_write(l, bytes, size, PATIENCE, &put, &ignored) == ESPBAK_OK);
    else
        liar_say(l, bytes, size);
}

bool liar_pass_closed(liar *l, message *m)
{
    liar_close_message(m);
    liar_pass(l, m);
    return true;
}

bool liar_say_word(liar *l, message *m, size_t index, uint32_t value)
{
    if (liar_word(m, index) == value)
        return false;
    liar_put_word(m, index, value);
    return liar_pass_closed(l, m);
}

static bool is_chance(liar *l, const message *m)
{
    const struct lie *row = l->lie;
    if (m->kind != row->kind || (row->op != LIE_ANY && row->op != m->op) || (row->suits != NULL && !row->suits(l, m)))
        return false;
    const unsigned number = l->chances++;
    if (l->rate == LIAR_ONCE)
        return number == l->once;
    return l->rate == LIAR_ALWAYS || liar_below(l, OFTEN) == 0;
}

/* What was withheld comes behind the next one of its kind. */
static void pass_held(liar *l, liar_kind kind)
{
    if (!l->holds || l->held.kind != kind)
        return;
    l->holds = false;
    liar_pass(l, &l->held);
}

void liar_copy(message *to, const message *from)
{
    to->kind = from->kind;
    to->op = from->op;
    to->size = from->size;
    memcpy(to->bytes, from->bytes, from->size);
}

static void judge_message(liar *l, message *m)
{
    static message before;
    const bool holds = l->holds;
    liar_copy(&before, m);
    if (is_chance(l, m) && l->lie->tell(l, m))
        l->told++;
    else
        liar_pass(l, m);
    if (holds)
        pass_held(l, m->kind);
    liar_copy(&l->old[before.kind], &before);
}

/* ---- from the host ---- */

static void note_own_request(liar *l, const message *m)
{
    l->tags[l->tag_count % LIAR_TAGS].tag = liar_word(m, WIRE_REQUEST_TAG);
    l->tags[l->tag_count++ % LIAR_TAGS].op = m->op;
}

static bool take_own_request(liar *l, const uint8_t *bytes, size_t size)
{
    message *m = &l->asked;
    if (size < WIRE_REQUEST_SIZE || size > sizeof(m->bytes) || bytes_get_le32(bytes) != WIRE_REQUEST_MARK)
        return false;
    m->kind = LIAR_OWN_ASKED;
    m->size = size;
    memcpy(m->bytes, bytes, size);
    m->op = (uint8_t)liar_word(m, WIRE_REQUEST_OP);
    m->op = m->op == WIRE_OP_SHA256 ? WIRE_OP_MD5 : m->op; /* what is told of digests is told of either kind */
    note_own_request(l, m);
    judge_message(l, m);
    return true;
}

static bool decode(message *m, const uint8_t *bytes, size_t size)
{
    slip_decoder decoder;
    size_t used;
    slip_decoder_init(&decoder, m->bytes, sizeof(m->bytes));
    if (slip_decode(&decoder, bytes, size, &used) != SLIP_FRAME || used != size)
        return false;
    m->size = decoder.size;
    return true;
}

static bool take_request(liar *l, const uint8_t *bytes, size_t size)
{
    message *m = &l->asked;
    if (!decode(m, bytes, size) || m->size < LIAR_HEADER || m->bytes[0] != 0)
        return false;
    m->kind = LIAR_REQUEST;
    m->op = m->bytes[1];
    if (m->op == OP_READ_FLASH)
        l->unread = liar_word(m, 1);
    judge_message(l, m);
    return true;
}

/* espbak hands over a message at a time. */
static espbak_status write_bytes(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                                 espbak_error *err)
{
    liar *l = impl;
    *put = size;
    if (take_own_request(l, bytes, size) || take_request(l, bytes, size))
        return ESPBAK_OK;
    return relay_write(l, bytes, size, timeout, put, err);
}

/* ---- from the chip ---- */

static uint8_t op_of_tag(const liar *l, uint32_t tag)
{
    for (size_t i = 0; i < LIAR_TAGS && i < l->tag_count; i++) {
        if (l->tags[i].tag == tag)
            return (uint8_t)l->tags[i].op;
    }
    return WIRE_OP_HELLO;
}

static void drop_input(liar *l, size_t size)
{
    memmove(l->in, l->in + size, l->in_size - size);
    l->in_size -= size;
}

/* 0: more has to come; what is no reply is one byte. */
static size_t take_own_reply(liar *l)
{
    message *m = &l->said;
    if (l->in_size < WIRE_REPLY_SIZE)
        return 0;
    if (bytes_get_le32(l->in) != WIRE_REPLY_MARK ||
        crc_of(l->in, WIRE_REPLY_CRC * WIRE_WORD) != bytes_get_le32(l->in + WIRE_REPLY_CRC * WIRE_WORD)) {
        liar_say(l, l->in, 1);
        return 1;
    }
    const size_t size = WIRE_REPLY_SIZE + bytes_get_le32(l->in + WIRE_REPLY_PAYLOAD * WIRE_WORD);
    if (size > sizeof(m->bytes) || l->in_size < size)
        return size > sizeof(m->bytes) ? WIRE_REPLY_SIZE : 0;
    m->kind = LIAR_OWN_SAID;
    m->size = size;
    memcpy(m->bytes, l->in, size);
    m->op = op_of_tag(l, liar_word(m, WIRE_REPLY_TAG));
    judge_message(l, m);
    return size;
}

static void name_frame(liar *l, message *m)
{
    const bool response = m->size >= LIAR_HEADER + COMMAND_STATUS_STUB && m->bytes[0] == 1 &&
                          bytes_get_le16(m->bytes + 2) == m->size - LIAR_HEADER;
    m->kind = response ? LIAR_RESPONSE : LIAR_DATA;
    m->op = response ? m->bytes[1] : 0;
    /* OHAI; and a ROM answers a register with nothing but the status. */
    if (m->size == 4 && memcmp(m->bytes, "OHAI", 4) == 0)
        l->stub = true;
    else if (response && m->op == OP_READ_REG)
        l->stub = m->size == LIAR_HEADER + COMMAND_STATUS_STUB;
}

static size_t take_frame(liar *l)
{
    message *m = &l->said;
    const uint8_t *end = l->in_size > 1 ? memchr(l->in + 1, SLIP_END, l->in_size - 1) : NULL;
    if (end == NULL)
        return l->in_size >= IN_SIZE / 2 ? 1 : 0;
    const size_t size = (size_t)(end - l->in) + 1;
    if (size == 2) {
        liar_say(l, l->in, 1);
        return 1;
    }
    if (!decode(m, l->in, size)) {
        liar_say(l, l->in, size - 1);
        return size - 1;
    }
    name_frame(l, m);
    judge_message(l, m);
    return size;
}

static size_t take_byte(liar *l)
{
    liar_say(l, l->in, 1);
    return 1;
}

static void take_input(liar *l)
{
    for (size_t used = 1; used > 0 && l->in_size > 0;) {
        if (l->in[0] == SLIP_END)
            used = take_frame(l);
        else
            used = l->in[0] == (WIRE_REPLY_MARK & 0xFF) ? take_own_reply(l) : take_byte(l);
        drop_input(l, used);
    }
}

static size_t hand_over(liar *l, uint8_t *buffer, size_t capacity)
{
    const size_t size = l->out_size < capacity ? l->out_size : capacity;
    if (size > 0) {
        memcpy(buffer, l->out, size);
        memmove(l->out, l->out + size, l->out_size - size);
        l->out_size -= size;
    }
    return size;
}

static espbak_status read_bytes(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                                espbak_error *err)
{
    liar *l = impl;
    const espbak_clock *clock = espbak_transport_clock(l->below);
    const espbak_time end = espbak_clock_now(clock) + timeout;
    while ((*got = hand_over(l, buffer, capacity)) == 0) {
        const espbak_time now = espbak_clock_now(clock);
        size_t more = 0;
        const espbak_status status =
            relay_read(l, l->in + l->in_size, IN_SIZE - l->in_size, end > now ? end - now : 0, &more, err);
        if (status != ESPBAK_OK || more == 0)
            return status;
        l->in_size += more;
        take_input(l);
    }
    return ESPBAK_OK;
}

static espbak_status discard_input(void *impl, espbak_error *err)
{
    liar *l = impl;
    l->in_size = l->out_size = 0;
    return relay_discard_input(l, err);
}

static espbak_status reopen(void *impl, espbak_error *err)
{
    liar *l = impl;
    l->in_size = l->out_size = 0;
    return relay_reopen(l, err);
}

static void close_all(void *impl)
{
    liar *l = impl;
    relay_close(l);
    digest_free(l->of_unread);
    free(l->in);
    free(l->out);
}

static const espbak_transport_ops liar_ops = {.name = "liar",
                                              .read = read_bytes,
                                              .write = write_bytes,
                                              .set_baud = relay_set_baud,
                                              .set_lines = relay_set_lines,
                                              .discard_input = discard_input,
                                              .reopen = reopen,
                                              .close = close_all};

bool liar_open(liar *l, espbak_transport **out, espbak_transport *below, uint64_t seed)
{
    espbak_error ignored = {0};
    memset(l, 0, sizeof(*l));
    l->below = below;
    l->random = seed;
    l->in = malloc(IN_SIZE);
    return l->in != NULL && digest_new(&l->of_unread, DIGEST_MD5, &ignored) == ESPBAK_OK &&
           espbak_transport_wrap(out, &liar_ops, l, espbak_transport_url(below), espbak_transport_get_caps(below),
                                 espbak_transport_get_usb(below), espbak_transport_clock(below), &ignored) == ESPBAK_OK;
}
