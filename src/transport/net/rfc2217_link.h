/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_RFC2217_LINK_H
#define TRANSPORT_RFC2217_LINK_H

/*
 * A connection to an RFC 2217 server: data with its escapes, the telnet options, and commands whose
 * acknowledgements are waited for while data goes on arriving.
 */

#include "transport/net/net.h"
#include "transport/net/rfc2217_codec.h"

/* Servers on a microcontroller behind WLAN take seconds; 3 s, as others use, proved too short. */
enum { RFC2217_ANSWER_TIME = 8 * ESPBAK_S };

/* A server pauses while a UART's buffer empties. Whoever lets nothing through for so long is not a line any more. */
enum { RFC2217_PAUSE_MOST = 8 * ESPBAK_S };

enum { RFC2217_PENDING = 4, RFC2217_OUT = 4096, RFC2217_RAW = 2048, RFC2217_KEPT = 65536 };

/* A command that was sent. CONTROL carries several settings, told apart by the value. */
typedef struct rfc2217_pending {
    uint8_t command;
    uint8_t value; /* of CONTROL */
    bool answered;
    uint32_t answer; /* what the server says it set */
} rfc2217_pending;

typedef struct rfc2217_link {
    net *connection; /* NULL when closed */
    const espbak_events *events;
    const espbak_cancel *cancel;       /* until there is a transport to ask */
    const espbak_transport *transport; /* may be NULL */
    rfc2217_decoder decoder;
    rfc2217_negotiation options;
    rfc2217_pending pending[RFC2217_PENDING];
    size_t pending_count;
    bool suspended;        /* the server asked us to pause */
    bool waiting;          /* for the end of a pause, */
    espbak_time waited_at; /* since then: only data that goes out ends it, no word of the server */
    uint8_t out[RFC2217_OUT];
    size_t out_begin, out_end;
    uint8_t kept[RFC2217_KEPT]; /* data that came and was not read yet */
    size_t kept_begin, kept_end;
    char where[NET_HOST_MAX + NET_PORT_MAX + 3];
} rfc2217_link;

/* Connect and agree on the options. Any former connection is closed and what it brought forgotten. */
ESPBAK_MUST_USE espbak_status rfc2217_link_connect(rfc2217_link *link, const transport_open_args *args,
                                                   espbak_error *err);
void rfc2217_link_close(rfc2217_link *link);

/* As in espbak_transport_ops. */
ESPBAK_MUST_USE espbak_status rfc2217_link_read(rfc2217_link *link, uint8_t *buffer, size_t capacity,
                                                espbak_time timeout, size_t *got, espbak_error *err);
ESPBAK_MUST_USE espbak_status rfc2217_link_write(rfc2217_link *link, const uint8_t *bytes, size_t size,
                                                 espbak_time timeout, size_t *put, espbak_error *err);

/* Queue a command without caring for its answer. */
void rfc2217_link_tell(rfc2217_link *link, uint8_t command, uint8_t value);
/* Queue a command whose answer rfc2217_link_settle waits for; at most RFC2217_PENDING at once. */
void rfc2217_link_ask_baud(rfc2217_link *link, uint32_t baud);
void rfc2217_link_ask(rfc2217_link *link, uint8_t command, uint8_t value);

/* Send what is queued and wait for the answers; those missing after `time` are left unanswered in `pending`. */
ESPBAK_MUST_USE espbak_status rfc2217_link_settle(rfc2217_link *link, espbak_time time, espbak_error *err);
/* The same, until the command that was asked last is answered. */
ESPBAK_MUST_USE espbak_status rfc2217_link_settle_last(rfc2217_link *link, espbak_time time, espbak_error *err);

/* Forget what has arrived. */
void rfc2217_link_forget_input(rfc2217_link *link);

#endif
