/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/slip.h"

void slip_decoder_init(slip_decoder *decoder, uint8_t *buffer, size_t capacity)
{
    *decoder = (slip_decoder){.frame = buffer, .capacity = capacity};
}

void slip_decoder_reset(slip_decoder *decoder)
{
    decoder->size = 0;
    decoder->inside = false;
    decoder->escaped = false;
    decoder->damaged = false;
}

/* An over-long frame is dropped, never truncated: its tail could look like a whole one. */
static void put(slip_decoder *decoder, uint8_t byte)
{
    if (decoder->size >= decoder->capacity) {
        decoder->damaged = true;
        decoder->noise++;
        return;
    }
    decoder->frame[decoder->size++] = byte;
}

static void take_escaped(slip_decoder *decoder, uint8_t byte)
{
    decoder->escaped = false;
    if (byte == SLIP_ESC_END) {
        put(decoder, SLIP_END);
    } else if (byte == SLIP_ESC_ESC) {
        put(decoder, SLIP_ESC);
    } else {
        decoder->damaged = true;
        decoder->noise++;
    }
}

static slip_result end_frame(slip_decoder *decoder)
{
    const bool damaged = decoder->damaged || decoder->escaped;
    if (!damaged && decoder->size == 0)
        return SLIP_MORE; /* 0xC0 0xC0: the second one opens the frame */
    decoder->inside = false;
    decoder->escaped = false;
    decoder->damaged = false;
    if (!damaged)
        return SLIP_FRAME;
    decoder->noise += decoder->size;
    /* A damaged frame may have lost its end, and then this 0xC0 opens the next one. */
    decoder->inside = true;
    decoder->size = 0;
    return SLIP_DAMAGED;
}

slip_result slip_decode(slip_decoder *decoder, const uint8_t *bytes, size_t size, size_t *used)
{
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = bytes[i];
        if (!decoder->inside) {
            if (byte == SLIP_END) {
                decoder->inside = true;
                decoder->size = 0;
            } else {
                decoder->noise++;
            }
        } else if (byte == SLIP_END) {
            const slip_result result = end_frame(decoder);
            if (result != SLIP_MORE) {
                *used = i + 1;
                return result;
            }
        } else if (decoder->escaped) {
            take_escaped(decoder, byte);
        } else if (byte == SLIP_ESC) {
            decoder->escaped = true;
        } else {
            put(decoder, byte);
        }
    }
    *used = size;
    return SLIP_MORE;
}

static size_t encode_bytes(uint8_t *out, const uint8_t *bytes, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == SLIP_END || bytes[i] == SLIP_ESC) {
            out[n++] = SLIP_ESC;
            out[n++] = bytes[i] == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
        } else {
            out[n++] = bytes[i];
        }
    }
    return n;
}

size_t slip_encode_parts(uint8_t *out, const uint8_t *head, size_t head_size, const uint8_t *tail, size_t tail_size)
{
    size_t n = 0;
    out[n++] = SLIP_END;
    n += encode_bytes(out + n, head, head_size);
    n += encode_bytes(out + n, tail, tail_size);
    out[n++] = SLIP_END;
    return n;
}

size_t slip_encode(uint8_t *out, const uint8_t *bytes, size_t size)
{
    return slip_encode_parts(out, bytes, size, NULL, 0);
}
