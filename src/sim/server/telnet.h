/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_TELNET_H
#define SIM_TELNET_H

/*
 * The server's side of RFC 2217: telnet with binary data both ways and the COM-PORT option. Pure:
 * bytes in, bytes and calls out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What the client asked for. */
typedef struct telnet_handler {
    void (*data)(void *user, const uint8_t *bytes, size_t size);
    void (*reply)(void *user, const uint8_t *bytes, size_t size); /**< to be sent as it is */
    void (*baud)(void *user, uint32_t baud);
    void (*lines)(void *user, bool dtr, bool rts);
    void (*purge)(void *user, bool from_chip, bool to_chip); /**< forget what is buffered */
    void *user;
} telnet_handler;

enum { TELNET_SUB_MAX = 64, TELNET_OPTIONS = 64 };

typedef struct telnet {
    telnet_handler handler;
    int state;
    uint8_t command; /* WILL, WONT, DO or DONT under way */
    uint8_t sub[TELNET_SUB_MAX];
    size_t sub_size;
    bool we[TELNET_OPTIONS], they[TELNET_OPTIONS]; /* options in force on our and on their side */
    bool dtr, rts;
    uint32_t baud;
} telnet;

void telnet_init(telnet *t, const telnet_handler *handler);

/** Take what the client sent. */
void telnet_receive(telnet *t, const uint8_t *bytes, size_t size);

/** Escape data for the client: 0xFF doubled. `out` holds 2 * size; returns the length. */
size_t telnet_escape(uint8_t *out, const uint8_t *bytes, size_t size);

#endif
