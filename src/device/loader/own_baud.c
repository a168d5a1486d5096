/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "device/loader/own.h"
#include "device/loader/state.h"

/*
 * Our own loader goes back by itself from a rate at which it hears nothing, after the time that the request names. It
 * is short, so that trying a rate costs little; a computer that does not get round to asking in time only takes a rate
 * for unusable that is not. Where it hears what it is asked there, but cannot be heard, it is told to go back.
 */
enum {
    MEETINGS = 2, /* a rate that passes once by luck does not do so twice */
    MEET_TRIES = 2,
    BACK_TRIES = 3,
    PATIENCE = 250 * ESPBAK_MS,         /* until it goes back; beside so many round trips */
    PATIENCE_REMOTE = 1000 * ESPBAK_MS, /* networks stutter */
    PATIENCE_ROUND_TRIPS = 12,
    SLACK = 40 * ESPBAK_MS, /* for an answer at the new rate, beside its round trips */
    SLACK_REMOTE = 150 * ESPBAK_MS,
    SETTLE = 20 * ESPBAK_MS, /* its UART is quiet for 10 ms before a change and 5 ms after */
    MARGIN = 20 * ESPBAK_MS,
    BLIND_TIMES = 2,
    BLIND_PATIENCE = 60 * ESPBAK_S,
};

static bool is_remote(const espbak_session *session)
{
    return espbak_transport_get_caps(session->transport)->remote;
}

static espbak_time patience(const espbak_session *session)
{
    return (is_remote(session) ? PATIENCE_REMOTE : PATIENCE) + PATIENCE_ROUND_TRIPS * session->line.round_trip;
}

static void fill(uint32_t words[WIRE_REQUEST_WORDS], uint32_t baud, espbak_time time)
{
    for (size_t i = 0; i < WIRE_REQUEST_WORDS; i++)
        words[i] = 0;
    words[WIRE_REQUEST_OP] = WIRE_OP_BAUD;
    words[WIRE_REQUEST_LENGTH] = (uint32_t)(time / ESPBAK_MS);
    words[WIRE_REQUEST_ARGUMENT] = baud;
}

static espbak_status ask(espbak_session *session, uint32_t baud, espbak_error *err)
{
    uint32_t words[WIRE_REQUEST_WORDS];
    own_slot *slot = NULL;
    fill(words, baud, patience(session));
    const espbak_status status = own_link_run(session->loader->own->link, words, 1, &slot, err);
    if (status == ESPBAK_OK)
        slot->state = OWN_SLOT_FREE;
    return status;
}

/* This end's rate. */
static espbak_status set_here(espbak_session *session, uint32_t baud, espbak_error *err)
{
    espbak_status status = espbak_transport_set_baud(session->transport, baud, err);
    if (status != ESPBAK_OK && status != ESPBAK_E_CANCELLED)
        return espbak_fail(err, ESPBAK_E_LINK, "this port cannot do %" PRIu32 " baud", baud);
    if (status == ESPBAK_OK) {
        espbak_clock_sleep(session_clock(session), SETTLE);
        status = espbak_transport_discard_input(session->transport, err);
    }
    own_forget(session);
    return status;
}

/* At whichever rate the line has now: does it answer? */
static espbak_status meet(espbak_session *session, unsigned tries, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; i < MEETINGS && status == ESPBAK_OK; i++)
        status = own_say_hello(session, tries, err);
    return status;
}

/* Before it has gone back by itself. What comes where the rate is wrong is no answer, and not listened to for long. */
static espbak_status meet_soon(espbak_session *session, espbak_error *err)
{
    own_link *const link = session->loader->own->link;
    const espbak_time babble = link->babble, slack = link->slack;
    link->babble = 0;
    link->slack = is_remote(session) ? SLACK_REMOTE : SLACK;
    const espbak_status status = meet(session, MEET_TRIES, err);
    link->babble = babble;
    link->slack = slack;
    return status;
}

/* It may hear what cannot be heard of it. */
static espbak_status send_back_unseen(espbak_session *session, uint32_t baud, espbak_error *err)
{
    own_link *const link = session->loader->own->link;
    uint32_t words[WIRE_REQUEST_WORDS];
    uint8_t bytes[WIRE_REQUEST_SIZE];
    espbak_status status = ESPBAK_OK;
    fill(words, baud, BLIND_PATIENCE);
    for (unsigned i = 0; i < BLIND_TIMES && status == ESPBAK_OK; i++) {
        own_link_encode(bytes, words, link->next_tag++);
        status = espbak_transport_write(session->transport, bytes, sizeof(bytes),
                                        session_deadline(session, sizeof(bytes), 0), err);
    }
    return status;
}

/* To the old rate, once it is there too. */
static espbak_status go_back(espbak_session *session, uint32_t baud, espbak_time asked, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    if (espbak_transport_baud(session->transport) != baud)
        status = send_back_unseen(session, baud, err);
    const espbak_time left = asked + patience(session) + MARGIN - session_now(session);
    espbak_clock_sleep(session_clock(session), left > 0 ? left : 0);
    if (status == ESPBAK_OK)
        status = set_here(session, baud, err);
    return status == ESPBAK_OK ? meet(session, BACK_TRIES, err) : status;
}

/* How often the line damages something at the new rate has nothing to do with the old one. */
static void settle(espbak_session *session, uint32_t baud)
{
    own_link *const link = session->loader->own->link;
    link->damages = link->received = 0;
    session->info.link.baud = baud;
}

espbak_status own_change_baud(espbak_session *session, uint32_t baud, espbak_error *err)
{
    const uint32_t old = espbak_transport_baud(session->transport);
    espbak_status status = ESPBAK_OK;
    if (own_link_outstanding(session->loader->own->link) > 0)
        status = own_resync(session, err);
    if (status != ESPBAK_OK)
        return status;
    status = ask(session, baud, err);
    const espbak_time asked = session_now(session);
    /* Where the answer was lost, our own loader may have changed or not. */
    if (status == ESPBAK_OK || status == ESPBAK_E_LINK)
        status = set_here(session, baud, err);
    if (status == ESPBAK_OK)
        status = meet_soon(session, err);
    if (status == ESPBAK_OK) {
        settle(session, baud);
        return ESPBAK_OK;
    }
    if (session_is_over(status) || status == ESPBAK_E_DEVICE)
        return status;
    espbak_error back = {0};
    if (go_back(session, old, asked, &back) != ESPBAK_OK)
        return session_is_over(back.status) ? (*err = back).status : status;
    return espbak_fail(err, ESPBAK_E_DEVICE, "this line does not carry %" PRIu32 " baud", baud);
}
