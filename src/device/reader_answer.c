/* SPDX-License-Identifier: Apache-2.0 */
#include "device/reader_answer.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"

enum { RAW_DEFLATE = -15 }; /* no header, the largest window there is: ROM compressors have smaller ones */

static uint32_t digest_size(uint32_t op)
{
    return op == READER_OP_MD5 ? READER_MD5_SIZE : READER_CRC32_SIZE;
}

uint32_t reader_answer_room(uint32_t op, uint32_t length, uint32_t argument)
{
    if (op == READER_OP_READ)
        return length;
    if ((op == READER_OP_MD5 || op == READER_OP_CRC32) && argument != 0 && length != 0)
        return ((length - 1) / argument + 1) * digest_size(op);
    return op == READER_OP_HELLO ? READER_INFO_MOST : 0;
}

static uint32_t word(const uint8_t *bytes, unsigned index)
{
    return bytes_get_le32(bytes + (size_t)index * READER_WORD);
}

bool reader_answer_parse(reader_header *header, const uint8_t *bytes)
{
    if (word(bytes, READER_REPLY_MAGIC) != READER_REPLY_MARK)
        return false;
    if (crc32(0, bytes, READER_REPLY_CRC * READER_WORD) != word(bytes, READER_REPLY_CRC))
        return false;
    const uint32_t kind = word(bytes, READER_REPLY_KIND);
    *header = (reader_header){
        .tag = word(bytes, READER_REPLY_TAG),
        .kind = kind & 0xFF,
        .status = kind >> 8 & 0xFF,
        .address = word(bytes, READER_REPLY_ADDRESS),
        .raw = word(bytes, READER_REPLY_RAW),
        .payload = word(bytes, READER_REPLY_PAYLOAD),
        .raw_crc = word(bytes, READER_REPLY_RAW_CRC),
    };
    return true;
}

static bool fits_read(const reader_header *header, const reader_slot *slot)
{
    if (header->raw != slot->length)
        return false;
    if (header->kind == READER_KIND_RAW)
        return header->payload == slot->length;
    if (header->kind == READER_KIND_DEFLATE)
        return header->payload > 0 && header->payload < slot->length;
    return header->kind == READER_KIND_BLANK && header->payload == 0;
}

bool reader_answer_fits(const reader_header *header, const reader_slot *slot)
{
    if (header->address != slot->address)
        return false;
    if (header->kind == READER_KIND_REFUSED)
        return header->payload == 0;
    switch (slot->op) {
    case READER_OP_READ:
        return fits_read(header, slot);
    case READER_OP_CRC32:
    case READER_OP_MD5:
        return header->kind == READER_KIND_DIGESTS && header->raw == slot->length &&
               header->payload == reader_answer_room(slot->op, slot->length, slot->argument);
    case READER_OP_HELLO:
        return header->kind == READER_KIND_INFO && header->payload >= READER_INFO_WORDS * READER_WORD &&
               header->payload <= READER_INFO_MOST;
    default:
        return header->kind == READER_KIND_DONE && header->payload == 0;
    }
}

static z_stream *get_inflater(void **inflater)
{
    z_stream *z = *inflater;
    if (z != NULL)
        return inflateReset(z) == Z_OK ? z : NULL;
    z = calloc(1, sizeof(*z));
    if (z == NULL || inflateInit2(z, RAW_DEFLATE) != Z_OK) {
        free(z);
        return NULL;
    }
    *inflater = z;
    return z;
}

void reader_answer_free(void *inflater)
{
    if (inflater != NULL)
        (void)inflateEnd(inflater);
    free(inflater);
}

/* All of the payload must be one deflate stream of exactly the length that was asked for. */
static bool inflate_into(const uint8_t *payload, uint32_t size, reader_slot *slot, void **inflater)
{
    z_stream *z = get_inflater(inflater);
    if (z == NULL)
        return false;
    z->next_in = (Bytef *)(uintptr_t)payload;
    z->avail_in = size;
    z->next_out = slot->bytes;
    z->avail_out = slot->length;
    return inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_in == 0 && z->avail_out == 0;
}

bool reader_answer_take(const reader_header *header, const uint8_t *payload, reader_slot *slot, void **inflater)
{
    const bool flash = slot->op == READER_OP_READ;
    const uint32_t size = flash ? header->raw : header->payload;
    slot->size = 0;
    if (header->kind == READER_KIND_REFUSED)
        return true;
    if (size > slot->room)
        return false;
    if (header->kind == READER_KIND_DEFLATE) {
        if (!inflate_into(payload, header->payload, slot, inflater))
            return false;
    } else if (header->kind == READER_KIND_BLANK) {
        memset(slot->bytes, 0xFF, size);
    } else if (size > 0) {
        memcpy(slot->bytes, payload, size);
    }
    if (size > 0 && crc32(0, slot->bytes, size) != header->raw_crc)
        return false;
    slot->size = size;
    return true;
}
