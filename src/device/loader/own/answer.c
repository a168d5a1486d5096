/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/own/answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"

enum { RAW_DEFLATE = -15 }; /* no header, the largest window there is: ROM compressors have smaller ones */

static uint32_t digest_size(uint32_t op)
{
    return op == WIRE_OP_CRC32 ? WIRE_CRC32_SIZE : WIRE_DIGEST_SIZE;
}

static bool makes_digests(uint32_t op)
{
    return op == WIRE_OP_CRC32 || op == WIRE_OP_MD5 || op == WIRE_OP_SHA256;
}

uint32_t own_answer_room(uint32_t op, uint32_t length, uint32_t argument)
{
    if (op == WIRE_OP_READ)
        return length;
    if (makes_digests(op) && argument != 0 && length != 0)
        return ((length - 1) / argument + 1) * digest_size(op);
    if (op == WIRE_OP_STATUS)
        return WIRE_WORD;
    return op == WIRE_OP_HELLO ? WIRE_INFO_MOST : 0;
}

static uint32_t word(const uint8_t *bytes, unsigned index)
{
    return bytes_get_le32(bytes + (size_t)index * WIRE_WORD);
}

bool own_answer_parse(own_header *header, const uint8_t *bytes)
{
    if (word(bytes, WIRE_REPLY_MAGIC) != WIRE_REPLY_MARK)
        return false;
    if (crc32(0, bytes, WIRE_REPLY_CRC * WIRE_WORD) != word(bytes, WIRE_REPLY_CRC))
        return false;
    const uint32_t kind = word(bytes, WIRE_REPLY_KIND);
    *header = (own_header){
        .tag = word(bytes, WIRE_REPLY_TAG),
        .kind = kind & 0xFF,
        .status = kind >> 8 & 0xFF,
        .address = word(bytes, WIRE_REPLY_ADDRESS),
        .raw = word(bytes, WIRE_REPLY_RAW),
        .payload = word(bytes, WIRE_REPLY_PAYLOAD),
        .raw_crc = word(bytes, WIRE_REPLY_RAW_CRC),
    };
    return true;
}

static bool fits_read(const own_header *header, const own_slot *slot)
{
    if (header->raw != slot->length)
        return false;
    if (header->kind == WIRE_KIND_RAW)
        return header->payload == slot->length;
    if (header->kind == WIRE_KIND_DEFLATE)
        return header->payload > 0 && header->payload < slot->length;
    return header->kind == WIRE_KIND_BLANK && header->payload == 0;
}

bool own_answer_fits(const own_header *header, const own_slot *slot)
{
    if (header->address != slot->address)
        return false;
    if (header->kind == WIRE_KIND_REFUSED)
        return header->payload == 0;
    switch (slot->op) {
    case WIRE_OP_READ:
        return fits_read(header, slot);
    case WIRE_OP_CRC32:
    case WIRE_OP_MD5:
    case WIRE_OP_SHA256:
        return header->kind == WIRE_KIND_DIGESTS && header->raw == slot->length &&
               header->payload == own_answer_room(slot->op, slot->length, slot->argument);
    case WIRE_OP_HELLO:
        return header->kind == WIRE_KIND_INFO && header->payload >= WIRE_INFO_WORDS * WIRE_WORD &&
               header->payload <= WIRE_INFO_MOST;
    case WIRE_OP_STATUS:
        return header->kind == WIRE_KIND_STATUS && header->payload == WIRE_WORD;
    case WIRE_OP_ERASE:
        return header->kind == WIRE_KIND_DONE && header->payload == 0 && header->raw == slot->length;
    case WIRE_OP_WRITE:
        return header->kind == WIRE_KIND_DONE && header->payload == 0 && header->raw == slot->length &&
               header->raw_crc == slot->crc;
    default:
        return header->kind == WIRE_KIND_DONE && header->payload == 0;
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

void own_answer_free(void *inflater)
{
    if (inflater != NULL)
        (void)inflateEnd(inflater);
    free(inflater);
}

/* All of the payload must be one deflate stream of exactly the length that was asked for. */
static bool inflate_into(const uint8_t *payload, uint32_t size, own_slot *slot, void **inflater)
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

bool own_answer_take(const own_header *header, const uint8_t *payload, own_slot *slot, void **inflater)
{
    const bool flash = slot->op == WIRE_OP_READ;
    const uint32_t size = flash ? header->raw : header->payload;
    slot->size = 0;
    if (header->kind == WIRE_KIND_REFUSED)
        return true;
    if (size > slot->room)
        return false;
    if (header->kind == WIRE_KIND_DEFLATE) {
        if (!inflate_into(payload, header->payload, slot, inflater))
            return false;
    } else if (header->kind == WIRE_KIND_BLANK) {
        memset(slot->bytes, 0xFF, size);
    } else if (size > 0) {
        memcpy(slot->bytes, payload, size);
    }
    if (size > 0 && crc32(0, slot->bytes, size) != header->raw_crc)
        return false;
    slot->size = size;
    return true;
}

espbak_status own_answer_refusal(const own_slot *slot, espbak_error *err)
{
    const bool reads = slot->op != WIRE_OP_WRITE && slot->op != WIRE_OP_ERASE;
    if (slot->status == WIRE_STATUS_FLASH && reads)
        return espbak_fail(err, ESPBAK_E_DEVICE, "the chip cannot read its flash at 0x%" PRIX32, slot->address);
    if (slot->status == WIRE_STATUS_FLASH || slot->status == WIRE_STATUS_DIFFERS)
        return espbak_fail(err, ESPBAK_E_DEVICE, "the flash does not take what is written at 0x%" PRIX32,
                           slot->address);
    return espbak_fail(err, ESPBAK_E_DEVICE, "espbak's own loader refuses request %" PRIu32 " (status %" PRIu32 ")",
                       slot->op, slot->status);
}
