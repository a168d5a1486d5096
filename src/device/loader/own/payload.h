/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OWN_PAYLOAD_H
#define DEVICE_OWN_PAYLOAD_H

/* What follows a WRITE, as wire_write has it. */

#include "device/loader/own/link.h"

/* Bytes of a WRITE with so many bytes of data, on the line, its request included. */
uint32_t own_payload_size(uint32_t data_size);

/* Into slot->out, behind the room for the request. */
ESPBAK_MUST_USE espbak_status own_payload_make(own_slot *slot, const own_contents *contents, espbak_error *err);

/* A payload tells the tag of its request, and is closed by a checksum of its own: anew whenever it is sent. */
void own_payload_close(own_slot *slot, uint32_t tag);

#endif
