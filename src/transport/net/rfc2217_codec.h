/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_RFC2217_CODEC_H
#define TRANSPORT_RFC2217_CODEC_H

/*
 * Telnet (RFC 854, 855) and its com port option (RFC 2217) as far as a client and a server need
 * them. Pure: bytes in, bytes and events out, any split of the stream gives the same result.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TELNET_SE = 240,
    TELNET_SB = 250,
    TELNET_WILL = 251,
    TELNET_WONT = 252,
    TELNET_DO = 253,
    TELNET_DONT = 254,
    TELNET_IAC = 255,
};

enum {
    TELNET_OPTION_BINARY = 0, /* RFC 856 */
    TELNET_OPTION_SGA = 3,    /* suppress go ahead, RFC 858 */
    TELNET_OPTION_COM_PORT = 44,
};

/* Commands of a client; the server's answers are 100 higher. */
enum {
    RFC2217_SET_BAUDRATE = 1,
    RFC2217_SET_DATASIZE = 2,
    RFC2217_SET_PARITY = 3,
    RFC2217_SET_STOPSIZE = 4,
    RFC2217_SET_CONTROL = 5,
    RFC2217_FLOWCONTROL_SUSPEND = 8,
    RFC2217_FLOWCONTROL_RESUME = 9,
    RFC2217_SET_LINESTATE_MASK = 10,
    RFC2217_SET_MODEMSTATE_MASK = 11,
    RFC2217_PURGE_DATA = 12,
    RFC2217_SERVER = 100,
};

/* Values of SET_CONTROL, SET_PARITY and PURGE_DATA that are used. */
enum {
    RFC2217_CONTROL_NO_FLOW = 1,
    RFC2217_CONTROL_DTR_ON = 8,
    RFC2217_CONTROL_DTR_OFF = 9,
    RFC2217_CONTROL_RTS_ON = 11,
    RFC2217_CONTROL_RTS_OFF = 12,
    RFC2217_PARITY_NONE = 1,
    RFC2217_PURGE_RX = 1, /* what came from the chip */
};

/* Longest com port command is a 4-byte value; a SIGNATURE is text of any length and is cut. */
enum { RFC2217_PAYLOAD_MAX = 64 };

typedef enum rfc2217_event_kind {
    RFC2217_NOTHING,
    RFC2217_NEGOTIATE, /* `verb` is WILL, WONT, DO or DONT, about `option` */
    RFC2217_COMMAND,   /* a com port subnegotiation: `command` and its payload */
} rfc2217_event_kind;

typedef struct rfc2217_event {
    rfc2217_event_kind kind;
    uint8_t verb, option, command;
    uint8_t payload[RFC2217_PAYLOAD_MAX];
    size_t payload_size;
} rfc2217_event;

/* Zeroed is ready. */
typedef struct rfc2217_decoder {
    enum { RFC2217_DATA, RFC2217_IAC, RFC2217_VERB, RFC2217_SUB, RFC2217_SUB_IAC } state;
    uint8_t verb;
    uint8_t sub[2 + RFC2217_PAYLOAD_MAX]; /* option, command, payload */
    size_t sub_size;
} rfc2217_decoder;

/*
 * Decode until `in` is used up, `out` is full or something happened. Returns how much of `in` was
 * used; *out_size bytes of data were written. `event->kind` tells whether to act before going on.
 */
size_t rfc2217_decode(rfc2217_decoder *decoder, const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity,
                      size_t *out_size, rfc2217_event *event);

/*
 * Data with every IAC doubled. Returns how much of `in` went into `out`; an IAC is never cut in two.
 */
size_t rfc2217_escape(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_capacity, size_t *out_size);

enum { RFC2217_OPTION_SIZE = 3 };
void rfc2217_put_option(uint8_t *out, uint8_t verb, uint8_t option);

/* IAC SB 44 command value IAC SE, the value with every IAC doubled: 6 to 14 bytes. */
enum { RFC2217_COMMAND_MAX = 14 };
size_t rfc2217_put_command8(uint8_t *out, uint8_t command, uint8_t value);
size_t rfc2217_put_command32(uint8_t *out, uint8_t command, uint32_t value);

/*
 * Telnet options, one state for our side (WILL/WONT) and one for the other's (DO/DONT). An answer
 * is sent on a change only, and only so often, so that no peer can draw us into a loop (RFC 1143).
 */
typedef enum rfc2217_side { RFC2217_OFF, RFC2217_ASKED, RFC2217_ON, RFC2217_DENIED } rfc2217_side;

enum { RFC2217_OPTIONS = 3 };

typedef struct rfc2217_negotiation {
    rfc2217_side ours[RFC2217_OPTIONS], theirs[RFC2217_OPTIONS]; /* BINARY, SGA, COM-PORT */
    unsigned answers;                                            /* sent so far */
} rfc2217_negotiation;

/* What to send first: all options asked for. `out` holds 2 * RFC2217_OPTIONS * RFC2217_OPTION_SIZE. */
size_t rfc2217_ask_options(rfc2217_negotiation *n, uint8_t *out);

/* Take note of `event`; true when the 3 bytes in `answer` are to be sent. */
bool rfc2217_negotiate(rfc2217_negotiation *n, const rfc2217_event *event, uint8_t *answer);

/* State of one option; RFC2217_DENIED for options not known here. */
rfc2217_side rfc2217_our_side(const rfc2217_negotiation *n, uint8_t option);
rfc2217_side rfc2217_their_side(const rfc2217_negotiation *n, uint8_t option);

#endif
