/* SPDX-License-Identifier: Apache-2.0 */
/* The SLIP decoder: any bytes, in any pieces, and whatever was encoded comes back. */
#include <string.h>

#include "fuzz.h"
#include "protocol/slip.h"

enum { FRAME_MAX = 256 };

/* Frames found, folded into one number, when fed `piece` bytes at a time. */
static uint32_t decode_all(const uint8_t *data, size_t size, size_t piece)
{
    uint8_t frame[FRAME_MAX];
    slip_decoder decoder;
    slip_decoder_init(&decoder, frame, sizeof(frame));
    uint32_t folded = 0;
    for (size_t at = 0; at < size;) {
        size_t used = 0;
        const size_t part = size - at < piece ? size - at : piece;
        const slip_result result = slip_decode(&decoder, data + at, part, &used);
        FUZZ_CHECK(used <= part && (used > 0 || result != SLIP_MORE));
        FUZZ_CHECK(decoder.size <= sizeof(frame));
        if (result == SLIP_FRAME) {
            folded = folded * 31 + (uint32_t)decoder.size;
            for (size_t i = 0; i < decoder.size; i++)
                folded = folded * 31 + frame[i];
        }
        at += used;
    }
    return folded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t whole = decode_all(data, size, size > 0 ? size : 1);
    FUZZ_CHECK(decode_all(data, size, 1) == whole);
    FUZZ_CHECK(decode_all(data, size, 7) == whole);
    if (size == 0 || size > FRAME_MAX)
        return 0;

    uint8_t encoded[SLIP_ENCODED_MAX(FRAME_MAX)], frame[FRAME_MAX];
    const size_t length = slip_encode(encoded, data, size);
    slip_decoder decoder;
    slip_decoder_init(&decoder, frame, sizeof(frame));
    size_t used = 0;
    FUZZ_CHECK(length <= SLIP_ENCODED_MAX(size));
    FUZZ_CHECK(slip_decode(&decoder, encoded, length, &used) == SLIP_FRAME);
    FUZZ_CHECK(used == length && decoder.size == size && memcmp(frame, data, size) == 0);
    return 0;
}
