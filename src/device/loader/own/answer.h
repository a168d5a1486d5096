/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OWN_ANSWER_H
#define DEVICE_OWN_ANSWER_H

/* Whether a reply of our own loader answers a request. It is not trusted: any length may be a lie. */

#include "device/loader/own/link.h"

/* A reply's header, checked but for the payload. */
typedef struct own_header {
    uint32_t tag, kind, status, address, raw, payload, raw_crc;
} own_header;

/* The longest answer that a request may get, in bytes: the room that its slot needs. */
uint32_t own_answer_room(uint32_t op, uint32_t length, uint32_t argument);

/* Magic and checksum of a header of WIRE_REPLY_SIZE bytes. */
bool own_answer_parse(own_header *header, const uint8_t *bytes);

/* Whether such a reply can be the answer to what `slot` asked. */
bool own_answer_fits(const own_header *header, const own_slot *slot);

/*
 * Take the payload, header->payload bytes, into slot->bytes. False when it is not what the header
 * says. *inflater is a z_stream of this file's, or NULL before the first one.
 */
bool own_answer_take(const own_header *header, const uint8_t *payload, own_slot *slot, void **inflater);

/* ESPBAK_E_DEVICE with what a refusal means. */
ESPBAK_MUST_USE espbak_status own_answer_refusal(const own_slot *slot, espbak_error *err);

void own_answer_free(void *inflater);

#endif
