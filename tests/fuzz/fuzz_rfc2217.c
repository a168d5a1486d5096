/* SPDX-License-Identifier: Apache-2.0 */
/* Telnet from a peer: any bytes, the same result in any pieces, and what was escaped comes back. */
#include <string.h>

#include "fuzz.h"
#include "transport/net/rfc2217_codec.h"

/* Data and events, folded into one number, when fed `piece` bytes at a time. */
static uint32_t decode_all(const uint8_t *data, size_t size, size_t piece)
{
    rfc2217_decoder decoder = {0};
    rfc2217_negotiation negotiation = {0};
    uint32_t folded = 0;
    for (size_t at = 0; at < size;) {
        uint8_t out[16], answer[RFC2217_OPTION_SIZE];
        size_t out_size = 0;
        rfc2217_event event;
        const size_t part = size - at < piece ? size - at : piece;
        const size_t used = rfc2217_decode(&decoder, data + at, part, out, sizeof(out), &out_size, &event);
        FUZZ_CHECK(used <= part && out_size <= sizeof(out) && (used > 0 || out_size > 0));
        for (size_t i = 0; i < out_size; i++)
            folded = folded * 31 + out[i];
        FUZZ_CHECK(event.kind != RFC2217_COMMAND || event.payload_size <= sizeof(event.payload));
        for (size_t i = 0; event.kind == RFC2217_COMMAND && i < event.payload_size; i++)
            folded = folded * 31 + event.payload[i] + 256u;
        if (event.kind == RFC2217_NEGOTIATE && rfc2217_negotiate(&negotiation, &event, answer))
            folded = folded * 31 + answer[1] * 256u + answer[2];
        at += used;
    }
    return folded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t whole = decode_all(data, size, size > 0 ? size : 1);
    FUZZ_CHECK(decode_all(data, size, 1) == whole);
    FUZZ_CHECK(decode_all(data, size, 3) == whole);

    rfc2217_decoder decoder = {0};
    for (size_t at = 0; at < size;) {
        uint8_t escaped[64], back[64];
        size_t escaped_size = 0, back_size = 0;
        rfc2217_event event;
        const size_t taken = rfc2217_escape(data + at, size - at, escaped, sizeof(escaped), &escaped_size);
        FUZZ_CHECK(taken > 0 && escaped_size <= sizeof(escaped));
        FUZZ_CHECK(rfc2217_decode(&decoder, escaped, escaped_size, back, sizeof(back), &back_size, &event) ==
                   escaped_size);
        FUZZ_CHECK(back_size == taken && memcmp(back, data + at, taken) == 0 && event.kind == RFC2217_NOTHING);
        at += taken;
    }
    return 0;
}
