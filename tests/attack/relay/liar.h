/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ATTACK_LIAR_H
#define TESTS_ATTACK_LIAR_H

/*
 * A relay between espbak and a chip that understands what passes, and lies about it. Frames of ROM and stubs and the
 * messages of our own loader are taken apart here; what is made of one of them is up to a row of lies.h. It has its own
 * idea of both protocols, and checksums come out right, so that espbak sees messages of the right shape.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/transport.h"
#include "firmware/wire.h"

enum {
    LIAR_MESSAGE_MOST = 2 * WIRE_BLOCK_MOST,
    LIAR_OPS = 256,
    LIAR_HEADER = 8, /* of a frame: direction, command, length, value */
    LIAR_TAGS = 64,  /* requests to our own loader of which the answer is known */
};

typedef enum liar_kind {
    LIAR_REQUEST,   /* a frame to ROM or stub that begins with a header */
    LIAR_RESPONSE,  /* and one from there */
    LIAR_DATA,      /* a frame without a header, from a stub: a packet of flash contents, or their digest */
    LIAR_OWN_ASKED, /* a request to our own loader, with its payload */
    LIAR_OWN_SAID,  /* a reply of it */
    LIAR_KINDS
} liar_kind;

typedef struct message {
    liar_kind kind;
    uint8_t op; /* of the command, or wire_op; 0 of data */
    size_t size;
    uint8_t bytes[LIAR_MESSAGE_MOST]; /* without escapes */
} message;

struct lie;

typedef enum liar_rate { LIAR_ONCE, LIAR_OFTEN, LIAR_ALWAYS, LIAR_RATES } liar_rate;

typedef struct liar {
    espbak_transport *below; /* first: relay.h */
    const struct lie *lie;
    liar_rate rate;
    unsigned once; /* the chance that is taken */
    uint64_t random;
    unsigned chances, told;

    bool stub; /* answers end with a status of two bytes */
    message asked, said, held;
    message old[LIAR_KINDS]; /* the one before of each kind */
    bool holds;              /* `held` waits for the next one of its kind */
    struct {
        uint32_t tag, op;
    } tags[LIAR_TAGS];
    size_t tag_count;
    uint64_t unread;          /* bytes of flash contents that a stub has still to send */
    struct digest *of_unread; /* of what was made of them */

    uint8_t *in, *out; /* from the chip, not taken apart; for the host */
    size_t in_size, out_size, out_room;
} liar;

/* `below` is the liar's from now on. The lie, its rate and `once` are set by the caller. */
bool liar_open(liar *l, espbak_transport **out, espbak_transport *below, uint64_t seed);

uint64_t liar_below(liar *l, uint64_t limit);

/* What passes in either direction, as it is. */
void liar_pass(liar *l, const message *m);

/* Bytes to the host that may be no message. */
void liar_say(liar *l, const void *bytes, size_t size);

/* No more of it than there is. */
void liar_copy(message *to, const message *from);

/* Make the checksums of a message right again. */
void liar_close_message(message *m);

/* The word at `index` of a request's data, of a response's payload, or of our own loader's message. */
uint32_t liar_word(const message *m, size_t index);
void liar_put_word(message *m, size_t index, uint32_t value);

/* Passed on with its checksums; true. With another word there; false, and still to be passed on, where it is none. */
bool liar_pass_closed(liar *l, message *m);
bool liar_say_word(liar *l, message *m, size_t index, uint32_t value);

/* Bytes of a response behind its header and before its status. */
size_t liar_payload(const liar *l, const message *m);

#endif
