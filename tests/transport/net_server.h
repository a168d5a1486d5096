/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

/* A server in a thread of the test, on a port of its own: plain bytes or RFC 2217, well-behaved and not. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "transport/net/rfc2217_codec.h"

/* How the server behaves. */
typedef struct manners {
    bool telnet;          /* RFC 2217, else plain bytes */
    bool closes_at_once;  /* after accepting */
    bool byte_by_byte;    /* every byte in a segment of its own */
    bool refuses_option;  /* says WONT and DONT to everything */
    bool silent;          /* takes all, says nothing */
    volatile bool deaf;   /* takes nothing */
    bool renegotiates;    /* answers each option, then asks for it again and again */
    bool endless_command; /* a subnegotiation of a megabyte before the rest */
    bool suspends;        /* asks for a pause of 200 ms before it echoes */
    bool no_control;      /* never confirms modem lines */
    uint32_t baud_answer; /* 0: what was asked for */
} manners;

typedef struct server {
    manners manners;
    int listener, client;
    uint16_t port;
    pthread_t thread;
    rfc2217_negotiation options;
    rfc2217_decoder decoder;
    unsigned answers; /* option bytes that came from the client */
    uint32_t baud;
    char log[1024]; /* "dtr 1;rts 0;baud 9600;" */
    char url[64];
} server;

server *server_start(manners m);
void server_stop(server *s);

#endif
