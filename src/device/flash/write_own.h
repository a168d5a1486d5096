/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_WRITE_OWN_H
#define DEVICE_FLASH_WRITE_OWN_H

/*
 * Writing and erasing by our own loader: what may change is declared first, every block is checked in the chip's RAM
 * before the first change and in flash after the last, and erasing and programming overlap with sending.
 */

#include "device/session.h"
#include "espbak/flash.h"

/* A range to write. What lies behind `size` in its last sector becomes 0xFF. */
typedef struct own_write {
    espbak_session *session;
    uint64_t offset, size; /* `offset` begins a sector */
    bool compress_off;
    espbak_flash_source source;
    void *user;
    void (*progress)(void *user, uint64_t done); /* bytes of it that are there, in order */
    void *progress_user;
    uint64_t reached; /* out: bytes from `offset` that flash holds, checked; whole sectors */
} own_write;

/* Write it, each request as often as it takes. After a failure the rest, from `reached` on, may be written anew. */
ESPBAK_MUST_USE espbak_status write_own_range(own_write *write, espbak_error *err);

/* Erase whole sectors. */
ESPBAK_MUST_USE espbak_status write_own_erase(espbak_session *session, uint64_t offset, uint64_t size,
                                              espbak_error *err);

#endif
