/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own loader that answers what it likes: lengths, kinds, deflate streams that become anything. An answer that is
 * taken has the size that was asked for and the checksum that was told, and everything ends.
 */
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/loader/own/link.h"
#include "script.h"

enum { STREAM = 256 * 1024, PIECE = 8, ASKED = 5, WAITS = 64, SAID = 128 };

typedef struct talk {
    script line;
    espbak_session session;
    espbak_session_stats counts;
    own_link *link;
    own_slot *slots[ASKED];
    uint8_t stream[STREAM], coded[STREAM + STREAM / SAID + 1];
    size_t size;
    espbak_error err;
} talk;

static void ask(talk *t)
{
    static const uint32_t requests[ASKED][4] = {
        {WIRE_OP_READ, 0x10000, 4096, 32}, {WIRE_OP_READ, 0x11000, 512, 0},        {WIRE_OP_MD5, 0x20000, 65536, 4096},
        {WIRE_OP_HELLO, 0, 0, 0},          {WIRE_OP_FLASH, 0, 4 * 1024 * 1024, 0},
    };
    for (size_t i = 0; i < ASKED; i++) {
        const uint32_t *r = requests[i];
        t->slots[i] = own_link_free_slot(t->link);
        FUZZ_CHECK(t->slots[i] != NULL);
        FUZZ_CHECK(own_link_ask(t->link, t->slots[i], r[0], r[1], r[2], r[3], &t->err) == ESPBAK_OK);
    }
}

static void put(talk *t, const void *bytes, size_t size)
{
    if (size > STREAM - t->size)
        size = STREAM - t->size;
    memcpy(t->stream + t->size, bytes, size);
    t->size += size;
}

/* Contents of some kind, deflated: `shape` says how long they are. */
static size_t deflate_into(uint8_t *out, size_t room, unsigned shape, uint32_t *crc)
{
    static uint8_t contents[70000];
    static const size_t sizes[] = {4096, 512, 4095, 4097, 0, 65536, 70000, 511};
    const size_t size = sizes[shape % 8];
    uLongf used = (uLongf)room;
    memset(contents, (int)shape, size);
    *crc = (uint32_t)crc32(0, contents, (uInt)size);
    if (compress2(out, &used, contents, (uLong)size, 6) != Z_OK || used < 6)
        return 0;
    memmove(out, out + 2, used - 6); /* without zlib's header and checksum */
    return used - 6;
}

/* One reply from eight bytes and what follows them: whose it is, and in what it lies. */
static size_t make_reply(talk *t, const uint8_t *data, size_t size)
{
    static uint8_t packed[4096];
    const size_t which = data[0] % ASKED;
    const own_slot *slot = t->slots[which];
    const size_t follows = bytes_get_le16(data + 4) % (size - PIECE + 1);
    uint32_t crc = (uint32_t)crc32(0, data + PIECE, (uInt)follows);
    const uint8_t *payload = data + PIECE;
    size_t length = follows;
    if (data[1] % 8 == WIRE_KIND_DEFLATE && data[3] % 2 != 0) {
        length = deflate_into(packed, sizeof(packed), data[6], &crc);
        payload = packed;
    }
    uint32_t words[WIRE_REPLY_CRC] = {
        WIRE_REPLY_MARK,
        slot->tag + (data[2] % 16 == 15),
        data[1] % 8u | (uint32_t)(data[2] / 16) << 8,
        slot->address,
        data[3] % 4 < 3 ? slot->length : bytes_get_le32(data + 3),
        (uint32_t)length + (data[2] % 16 == 14 ? data[6] * 257u : 0),
        crc,
    };
    uint8_t header[WIRE_REPLY_SIZE];
    for (size_t i = 0; i < WIRE_REPLY_CRC; i++)
        bytes_put_le32(header + i * WIRE_WORD, words[i]);
    bytes_put_le32(header + WIRE_REPLY_CRC * WIRE_WORD, (uint32_t)crc32(0, header, WIRE_REPLY_CRC * WIRE_WORD));
    put(t, header, sizeof(header) - (data[7] % 32 == 31));
    put(t, payload, length - (length > 0 && data[7] % 32 == 30));
    return PIECE + follows;
}

/* What arrives, in the script's code: so many bytes and one more, as they are. */
static size_t code(talk *t)
{
    size_t used = 0;
    for (size_t at = 0; at < t->size; at += SAID) {
        const size_t part = t->size - at < SAID ? t->size - at : SAID;
        t->coded[used++] = (uint8_t)(part - 1);
        memcpy(t->coded + used, t->stream + at, part);
        used += part;
    }
    return used;
}

static void check(const talk *t)
{
    for (size_t i = 0; i < ASKED; i++) {
        const own_slot *slot = t->slots[i];
        FUZZ_CHECK(slot->size <= slot->room);
        if (slot->state != OWN_SLOT_DONE)
            continue;
        FUZZ_CHECK(slot->op != WIRE_OP_READ || slot->size == slot->length);
        FUZZ_CHECK(slot->op != WIRE_OP_MD5 || slot->size == 16 * WIRE_DIGEST_SIZE);
        FUZZ_CHECK(slot->op != WIRE_OP_HELLO || slot->size >= WIRE_INFO_WORDS * WIRE_WORD);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const espbak_transport_caps caps = {.baud = true};
    static talk t;
    memset(&t, 0, sizeof(t));
    t.line = (script){.bytes = t.coded, .limit = 3600 * (espbak_time)ESPBAK_S};
    t.session.transport = script_open(&t.line, &caps, NULL);
    t.session.info.link.baud = 921600;
    FUZZ_CHECK(own_link_open(&t.link, &t.session, &t.counts, &t.err) == ESPBAK_OK);
    ask(&t);
    for (size_t at = 0; at < size && size - at > PIECE;)
        at += make_reply(&t, data + at, size - at);
    t.line.size = code(&t);
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; i < WAITS && status == ESPBAK_OK && own_link_outstanding(t.link) > 0; i++) {
        status = own_link_wait(t.link, &t.err);
        FUZZ_CHECK(status == ESPBAK_OK || status == ESPBAK_E_LINK);
        check(&t);
    }
    FUZZ_CHECK(status == ESPBAK_E_LINK || own_link_outstanding(t.link) == 0);
    own_link_close(t.link);
    espbak_transport_close(t.session.transport);
    return 0;
}
