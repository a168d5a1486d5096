/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_OWN_LINK_H
#define DEVICE_OWN_LINK_H

/*
 * The host's end of firmware/wire.h: requests with tags that are used once, several of them
 * outstanding, and replies that count only when everything about them agrees with what was asked.
 * Our own loader answers in the order in which requests reach it, so an answer also says which of those
 * before it are lost. What to do about lost ones is the caller's decision.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/session.h"
#include "firmware/wire.h"

enum {
    OWN_SLOTS = WIRE_QUEUE + 1, /* those that wait and the one that is answered */
    WIRE_INFO_MOST = 256,       /* bytes taken of an answer to HELLO, of later versions too */
};

typedef enum own_slot_state {
    OWN_SLOT_FREE,
    OWN_SLOT_ASKED,
    OWN_SLOT_LOST,    /* will not be answered any more */
    OWN_SLOT_DONE,    /* `bytes` has what was asked for, checked */
    OWN_SLOT_REFUSED, /* `status` says why */
} own_slot_state;

/* A request, and where its answer goes. */
typedef struct own_slot {
    own_slot_state state;
    uint32_t op, address, length, argument;
    uint32_t tag;
    uint64_t order;   /* of sending */
    unsigned tries;   /* times it was sent so far */
    uint8_t *bytes;   /* flash contents, digests or the words of INFO */
    uint32_t room;    /* allocated */
    uint32_t size;    /* of the answer */
    uint32_t taken;   /* for the caller: bytes of the answer that were used, */
    uint64_t place;   /* and the number of the request in a row of them */
    uint32_t status;  /* wire_status of a refusal */
    uint32_t payload; /* bytes that came over the line for it */
    uint32_t crc;     /* of the contents that a WRITE brings */
    uint8_t *out;     /* the request as it is sent, where a payload goes with it */
    uint32_t out_size, out_room;
} own_slot;

/* What a WRITE makes flash hold. */
typedef struct own_contents {
    uint32_t transaction;
    uint32_t crc;  /* CRC-32 of the contents */
    uint32_t form; /* wire_form */
    const uint8_t *data;
    uint32_t size; /* of `data` */
} own_contents;

typedef struct own_link {
    const espbak_session *session; /* its transport and rates */
    espbak_session_stats *counts;  /* requests, and those that were lost */
    own_slot slots[OWN_SLOTS];
    uint32_t next_tag;
    uint64_t next_order;
    uint8_t *input;
    size_t begin, end;        /* of the bytes in `input` that belong to no reply yet */
    void *inflater;           /* z_stream, made for the first deflated block */
    uint32_t cpu_mhz;         /* for deadlines; 0: not known */
    espbak_time heard;        /* when the last byte came */
    espbak_time moved;        /* when the last answer came, or a request was sent while none was outstanding */
    espbak_time slack;        /* how much later than expected answers have come */
    espbak_time babble;       /* how long bytes that are no answer are listened to, beyond what is expected */
    unsigned silences;        /* deadlines missed in a row */
    double damages, received; /* damaged places on the line, and bytes received; older ones count less and less */
} own_link;

ESPBAK_MUST_USE espbak_status own_link_open(own_link **out, const espbak_session *session, espbak_session_stats *counts,
                                            espbak_error *err);
void own_link_close(own_link *link);

/* Forget all requests and what has arrived. */
void own_link_forget(own_link *link);

/* A request as it goes over the line; mark, tag and checksum are put in. */
void own_link_encode(uint8_t bytes[WIRE_REQUEST_SIZE], const uint32_t request[WIRE_REQUEST_WORDS], uint32_t tag);

/* A slot that is free, NULL when none is. */
own_slot *own_link_free_slot(own_link *link);
/* Requests whose answers may still come. */
unsigned own_link_outstanding(const own_link *link);

/* Send a request; its answer is expected in `slot`. */
ESPBAK_MUST_USE espbak_status own_link_ask(own_link *link, own_slot *slot, uint32_t op, uint32_t address,
                                           uint32_t length, uint32_t argument, espbak_error *err);
/* Send a WRITE; `contents` need not outlive the call. */
ESPBAK_MUST_USE espbak_status own_link_ask_write(own_link *link, own_slot *slot, uint32_t address, uint32_t length,
                                                 const own_contents *contents, espbak_error *err);
/* Bytes of requests that may not have been taken by the chip yet. */
uint32_t own_link_on_its_way(const own_link *link);
/* Expect the answer to HELLO that our own loader gives unasked when it starts. */
ESPBAK_MUST_USE espbak_status own_link_expect_greeting(own_link *link, own_slot **slot, espbak_error *err);
/* Send the request of a slot once more, under another tag. */
ESPBAK_MUST_USE espbak_status own_link_ask_again(own_link *link, own_slot *slot, espbak_error *err);

/*
 * Wait until one of the outstanding requests is answered, refused or lost. ESPBAK_E_LINK when there is none, and when
 * several deadlines in a row have passed without an answer.
 */
ESPBAK_MUST_USE espbak_status own_link_wait(own_link *link, espbak_error *err);

/*
 * One request and its answer, sent again as often as it takes, `tries` times at the most. On success
 * *answer is done and stays valid until the slot is freed by the caller. Other requests may go on.
 */
ESPBAK_MUST_USE espbak_status own_link_run(own_link *link, const uint32_t request[WIRE_REQUEST_WORDS], unsigned tries,
                                           own_slot **answer, espbak_error *err);

/* Damaged places for each byte received, of late. */
double own_link_error_rate(const own_link *link);

#endif
