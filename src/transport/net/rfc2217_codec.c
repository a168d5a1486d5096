/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/net/rfc2217_codec.h"

#include <string.h>

/* One byte within a subnegotiation; what does not fit is dropped, the frame stays recognisable. */
static void sub_put(rfc2217_decoder *decoder, uint8_t byte)
{
    if (decoder->sub_size < sizeof(decoder->sub))
        decoder->sub[decoder->sub_size++] = byte;
}

static void finish_sub(rfc2217_decoder *decoder, rfc2217_event *event)
{
    if (decoder->sub_size < 2 || decoder->sub[0] != TELNET_OPTION_COM_PORT)
        return;
    event->kind = RFC2217_COMMAND;
    event->option = TELNET_OPTION_COM_PORT;
    event->command = decoder->sub[1];
    event->payload_size = decoder->sub_size - 2;
    memcpy(event->payload, decoder->sub + 2, event->payload_size);
}

/* The byte after an IAC outside a subnegotiation; true when it is data. */
static bool after_iac(rfc2217_decoder *decoder, uint8_t byte)
{
    decoder->state = RFC2217_DATA;
    switch (byte) {
    case TELNET_IAC:
        return true;
    case TELNET_SB:
        decoder->state = RFC2217_SUB;
        decoder->sub_size = 0;
        return false;
    case TELNET_WILL:
    case TELNET_WONT:
    case TELNET_DO:
    case TELNET_DONT:
        decoder->state = RFC2217_VERB;
        decoder->verb = byte;
        return false;
    default: /* NOP, data mark, break and their like mean nothing here */
        return false;
    }
}

/* The byte after an IAC within one. Anything but IAC or SE ends it: the sender lost its place. */
static void after_sub_iac(rfc2217_decoder *decoder, uint8_t byte, rfc2217_event *event)
{
    if (byte == TELNET_IAC) {
        sub_put(decoder, byte);
        decoder->state = RFC2217_SUB;
        return;
    }
    decoder->state = RFC2217_DATA;
    if (byte == TELNET_SE)
        finish_sub(decoder, event);
    else
        (void)after_iac(decoder, byte);
}

/* Take one byte; true when it is data. */
static bool step(rfc2217_decoder *decoder, uint8_t byte, rfc2217_event *event)
{
    switch (decoder->state) {
    case RFC2217_IAC:
        return after_iac(decoder, byte);
    case RFC2217_VERB:
        decoder->state = RFC2217_DATA;
        event->kind = RFC2217_NEGOTIATE;
        event->verb = decoder->verb;
        event->option = byte;
        return false;
    case RFC2217_SUB:
        if (byte == TELNET_IAC)
            decoder->state = RFC2217_SUB_IAC;
        else
            sub_put(decoder, byte);
        return false;
    case RFC2217_SUB_IAC:
        after_sub_iac(decoder, byte, event);
        return false;
    case RFC2217_DATA:
    default:
        if (byte != TELNET_IAC)
            return true;
        decoder->state = RFC2217_IAC;
        return false;
    }
}

size_t rfc2217_decode(rfc2217_decoder *decoder, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity,
                      size_t *out_size, rfc2217_event *event)
{
    size_t used = 0, made = 0;
    event->kind = RFC2217_NOTHING;
    while (used < in_size && event->kind == RFC2217_NOTHING && made < out_capacity) {
        const uint8_t byte = in[used++];
        if (step(decoder, byte, event))
            out[made++] = byte;
    }
    *out_size = made;
    return used;
}

size_t rfc2217_escape(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity, size_t *out_size)
{
    size_t used = 0, made = 0;
    while (used < in_size) {
        const size_t need = in[used] == TELNET_IAC ? 2 : 1;
        if (need > out_capacity - made)
            break;
        if (need == 2)
            out[made++] = TELNET_IAC;
        out[made++] = in[used++];
    }
    *out_size = made;
    return used;
}

void rfc2217_put_option(uint8_t *out, uint8_t verb, uint8_t option)
{
    out[0] = TELNET_IAC;
    out[1] = verb;
    out[2] = option;
}

static size_t put_command(uint8_t *out, uint8_t command, const uint8_t *value, size_t value_size)
{
    const uint8_t head[] = {TELNET_IAC, TELNET_SB, TELNET_OPTION_COM_PORT, command};
    size_t escaped = 0;
    memcpy(out, head, sizeof(head));
    (void)rfc2217_escape(value, value_size, out + sizeof(head), 2 * value_size, &escaped);
    out[sizeof(head) + escaped] = TELNET_IAC;
    out[sizeof(head) + escaped + 1] = TELNET_SE;
    return sizeof(head) + escaped + 2;
}

size_t rfc2217_put_command8(uint8_t *out, uint8_t command, uint8_t value)
{
    return put_command(out, command, &value, 1);
}

size_t rfc2217_put_command32(uint8_t *out, uint8_t command, uint32_t value)
{
    const uint8_t big_endian[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                                  (uint8_t)value};
    return put_command(out, command, big_endian, sizeof(big_endian));
}

/* More answers than any honest conversation needs: every option on and off again on both sides. */
enum { ANSWERS_MAX = 32 };

static const uint8_t known_options[RFC2217_OPTIONS] = {TELNET_OPTION_BINARY, TELNET_OPTION_SGA, TELNET_OPTION_COM_PORT};

static int option_index(uint8_t option)
{
    for (int i = 0; i < RFC2217_OPTIONS; i++) {
        if (known_options[i] == option)
            return i;
    }
    return -1;
}

size_t rfc2217_ask_options(rfc2217_negotiation *n, uint8_t *out)
{
    uint8_t *next = out;
    for (int i = 0; i < RFC2217_OPTIONS; i++) {
        rfc2217_put_option(next, TELNET_WILL, known_options[i]);
        rfc2217_put_option(next + RFC2217_OPTION_SIZE, TELNET_DO, known_options[i]);
        next += 2 * RFC2217_OPTION_SIZE;
        n->ours[i] = RFC2217_ASKED;
        n->theirs[i] = RFC2217_ASKED;
    }
    return (size_t)(next - out);
}

/* The other end agrees (or offers): our yes is due unless it was we who asked. True to answer. */
static bool agree(rfc2217_side *side)
{
    const bool answer = *side == RFC2217_OFF;
    *side = RFC2217_ON;
    return answer;
}

/* The other end declines: to be confirmed only when the option was on. True to answer. */
static bool decline(rfc2217_side *side)
{
    const bool answer = *side == RFC2217_ON;
    *side = RFC2217_DENIED;
    return answer;
}

bool rfc2217_negotiate(rfc2217_negotiation *n, const rfc2217_event *event, uint8_t *answer)
{
    const int i = option_index(event->option);
    const bool about_them = event->verb == TELNET_WILL || event->verb == TELNET_WONT;
    const bool yes = event->verb == TELNET_WILL || event->verb == TELNET_DO;
    bool changed = yes; /* an unknown option is refused when offered or wanted */
    if (i >= 0) {
        rfc2217_side *side = about_them ? &n->theirs[i] : &n->ours[i];
        if (yes && *side == RFC2217_DENIED)
            *side = RFC2217_OFF; /* it changed its mind */
        changed = yes ? agree(side) : decline(side);
    }
    if (!changed || n->answers >= ANSWERS_MAX)
        return false;
    n->answers++;
    const bool accept = i >= 0 && yes;
    const uint8_t verb = about_them ? (accept ? TELNET_DO : TELNET_DONT) : (accept ? TELNET_WILL : TELNET_WONT);
    rfc2217_put_option(answer, verb, event->option);
    return true;
}

rfc2217_side rfc2217_our_side(const rfc2217_negotiation *n, uint8_t option)
{
    const int i = option_index(option);
    return i < 0 ? RFC2217_DENIED : n->ours[i];
}

rfc2217_side rfc2217_their_side(const rfc2217_negotiation *n, uint8_t option)
{
    const int i = option_index(option);
    return i < 0 ? RFC2217_DENIED : n->theirs[i];
}
