/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of a reader in the chip's RAM. The input is what was asked, a header and its payload; checksums
 * are put right where the input says so, because nobody guesses them. What is taken fits what was asked.
 */
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "device/reader_answer.h"
#include "fuzz.h"

enum { ASKED = 8, FIX_HEADER = 1, FIX_PAYLOAD = 2, SAME_REQUEST = 4 };

static void put_word(uint8_t *bytes, unsigned index, uint32_t value)
{
    bytes_put_le32(bytes + (size_t)index * READER_WORD, value);
}

/* What an honest reader would say of itself, as far as the flags tell. */
static void put_right(uint8_t header[READER_REPLY_SIZE], unsigned flags, const reader_slot *slot,
                      const uint8_t *payload, size_t size)
{
    if ((flags & SAME_REQUEST) != 0) {
        put_word(header, READER_REPLY_ADDRESS, slot->address);
        put_word(header, READER_REPLY_RAW, slot->length);
        put_word(header, READER_REPLY_PAYLOAD, (uint32_t)size);
    }
    if ((flags & FIX_PAYLOAD) != 0)
        put_word(header, READER_REPLY_RAW_CRC, (uint32_t)crc32(0, payload, (uInt)size));
    if ((flags & FIX_HEADER) != 0) {
        put_word(header, READER_REPLY_MAGIC, READER_REPLY_MARK);
        put_word(header, READER_REPLY_CRC, (uint32_t)crc32(0, header, READER_REPLY_CRC * READER_WORD));
    }
}

static void take(const reader_header *header, const uint8_t *payload, reader_slot *slot)
{
    void *inflater = NULL;
    slot->room = reader_answer_room(slot->op, slot->length, slot->argument);
    slot->bytes = calloc(1, slot->room > 0 ? slot->room : 1);
    FUZZ_CHECK(slot->bytes != NULL);
    for (unsigned i = 0; i < 2; i++) { /* the second time with an inflater that was used */
        const bool taken = reader_answer_take(header, payload, slot, &inflater);
        FUZZ_CHECK(slot->size <= slot->room);
        FUZZ_CHECK(!taken || slot->size == 0 || crc32(0, slot->bytes, slot->size) == header->raw_crc);
        FUZZ_CHECK(!taken || slot->op != READER_OP_READ || slot->size == 0 || slot->size == slot->length);
    }
    reader_answer_free(inflater);
    free(slot->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[READER_REPLY_SIZE];
    reader_header header;
    if (size < ASKED + READER_REPLY_SIZE)
        return 0;
    /* Within the bounds that the host keeps to. */
    reader_slot slot = {.op = data[0] % READER_OPS,
                        .address = data[1] * 4096u,
                        .length = (bytes_get_le16(data + 2) + 1u) % (READER_BLOCK_MOST + 1),
                        .argument = bytes_get_le16(data + 4) * 4u};
    const uint8_t *payload = data + ASKED + READER_REPLY_SIZE;
    const size_t left = size - ASKED - READER_REPLY_SIZE;
    memcpy(bytes, data + ASKED, sizeof(bytes));
    put_right(bytes, data[6], &slot, payload, left);
    if (!reader_answer_parse(&header, bytes) || !reader_answer_fits(&header, &slot))
        return 0;
    if (header.payload <= left)
        take(&header, payload, &slot);
    return 0;
}
