/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/own/payload.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"

uint32_t own_payload_size(uint32_t data_size)
{
    const uint32_t padded = (data_size + WIRE_WORD - 1) / WIRE_WORD * WIRE_WORD;
    return WIRE_REQUEST_SIZE + (WIRE_WRITE_WORDS + 1) * WIRE_WORD + padded;
}

espbak_status own_payload_make(own_slot *slot, const own_contents *contents, espbak_error *err)
{
    const uint32_t size = own_payload_size(contents->size);
    if (size > slot->out_room) {
        uint8_t *out = realloc(slot->out, size);
        if (out == NULL)
            return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
        slot->out = out;
        slot->out_room = size;
    }
    uint8_t *const payload = slot->out + WIRE_REQUEST_SIZE;
    slot->out_size = size;
    memset(slot->out, 0, size);
    bytes_put_le32(payload + WIRE_WRITE_TRANSACTION * WIRE_WORD, contents->transaction);
    bytes_put_le32(payload + WIRE_WRITE_CRC * WIRE_WORD, contents->crc);
    bytes_put_le32(payload + WIRE_WRITE_FORM * WIRE_WORD, contents->form);
    bytes_put_le32(payload + WIRE_WRITE_SIZE * WIRE_WORD, contents->size);
    if (contents->size > 0)
        memcpy(payload + WIRE_WRITE_WORDS * WIRE_WORD, contents->data, contents->size);
    return ESPBAK_OK;
}

void own_payload_close(own_slot *slot, uint32_t tag)
{
    uint8_t *const payload = slot->out + WIRE_REQUEST_SIZE;
    const uint32_t size = slot->out_size - WIRE_REQUEST_SIZE - WIRE_WORD;
    bytes_put_le32(payload + WIRE_WRITE_TAG * WIRE_WORD, tag);
    bytes_put_le32(payload + size, (uint32_t)crc32(0, payload, size));
}
