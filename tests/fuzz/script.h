/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

/*
 * A device that is nothing but the fuzz input: it says what arrives and when, on simulated time. Codes:
 *
 *     00..7F  so many bytes and one more follow, as they are
 *     80..BF  silence: 1 ms for 80, twice as long every fourth code
 *     C0..EF  an answer to the last request: value (4 bytes), payload (code & 1F bytes), a good status
 *             of two bytes, from E0 on of four
 *     F0..FC  the last thing said once more, up to 13 times
 *     FD      a frame of 32 times (byte + 1) bytes, all of the byte behind it
 *     FE      the port fails, once
 *     FF      an answer that claims a length (2 bytes), else as C4
 */

#include "espbak/transport.h"
#include "fuzz.h"

enum { SCRIPT_FRAME_MAX = 32 * 256 };

typedef struct script {
    const uint8_t *bytes;
    size_t size, at;
    bool loops;        /* the script begins anew where it ends; else silence follows */
    bool short_writes; /* the line takes a few bytes at a time */
    bool stubborn;     /* it takes none of the rates it is told */
    espbak_time now;
    espbak_time limit; /* simulated time that nothing may take */
    espbak_clock clock;
    uint8_t op; /* of the last request */
    uint8_t said[2 * SCRIPT_FRAME_MAX + 2];
    size_t said_size, said_used;
    unsigned again;
} script;

/* Wraps `s`, which must outlive the transport; bytes, size and the flags are the caller's to set before. */
espbak_transport *script_open(script *s, const espbak_transport_caps *caps, const espbak_usb_id *usb);

#endif
