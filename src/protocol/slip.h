/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTOCOL_SLIP_H
#define PROTOCOL_SLIP_H

/*
 * SLIP framing (RFC 1055) as Espressif's loaders use it: 0xC0 before and after each frame, 0xC0 and
 * 0xDB inside written as 0xDB 0xDC and 0xDB 0xDD. Pure and incremental: bytes in, events out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLIP_END = 0xC0, SLIP_ESC = 0xDB, SLIP_ESC_END = 0xDC, SLIP_ESC_ESC = 0xDD };

typedef enum slip_result {
    SLIP_MORE,    /**< nothing complete yet; all input was used */
    SLIP_FRAME,   /**< a whole frame stands in `frame` */
    SLIP_DAMAGED, /**< a frame ended that had a bad escape or did not fit: it was dropped */
} slip_result;

typedef struct slip_decoder {
    uint8_t *frame; /**< caller's buffer */
    size_t capacity;
    size_t size; /**< bytes in `frame` */
    bool inside; /**< an opening 0xC0 was seen */
    bool escaped;
    bool damaged;   /**< this frame is to be dropped at its end */
    uint64_t noise; /**< bytes seen outside frames, and in damaged ones, since init */
} slip_decoder;

void slip_decoder_init(slip_decoder *decoder, uint8_t *buffer, size_t capacity);

/** Forget a half-received frame; what is inside one from here on is noise until the next 0xC0. */
void slip_decoder_reset(slip_decoder *decoder);

/**
 * Take bytes until a frame ends or the input does. *used says how many were taken. After SLIP_FRAME
 * the frame stays valid until the next call. Empty frames (0xC0 0xC0) are skipped. The closing 0xC0
 * of a frame does not open the next one: a loader sends both.
 */
slip_result slip_decode(slip_decoder *decoder, const uint8_t *bytes, size_t size, size_t *used);

/** Bytes that `size` bytes become at the most. */
#define SLIP_ENCODED_MAX(size) (2 * (size) + 2)

/** Encode one frame into `out` (SLIP_ENCODED_MAX bytes of room); returns its length. */
size_t slip_encode(uint8_t *out, const uint8_t *bytes, size_t size);

/** As slip_encode, for a frame given in two parts (header and payload). */
size_t slip_encode_parts(uint8_t *out, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size);

#endif
