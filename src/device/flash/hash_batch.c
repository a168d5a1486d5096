/* SPDX-License-Identifier: Apache-2.0 */
#include "device/flash/hash_batch.h"
#include "device/flash/facts.h"

#include "base/bytes.h"
#include "device/flash/hash.h"
#include "device/loader/own.h"
#include "device/loader/own/policy.h"
#include "device/loader/state.h"
#include "espbak/flash.h"

enum {
    RATE_LEAST = 32 * 1024,              /* bytes of a range from which its hash takes longer than its request */
    PATIENCE = 1 * ESPBAK_S,             /* on top of what a hash takes by what was measured */
    ASSUMED_HASH_RATE = 1500 * 1000,     /* bytes a second, until it is measured */
    BITS_PER_BYTE = 10,                  /* start and stop bit */
    ALONE_FIRST = 8,                     /* ranges asked for one by one after a batch that failed, */
    ALONE_MOST = 1024,                   /* twice as many after each further one */
    POLL_TIME = 2 * ESPBAK_MS,           /* for a stub to take a request before the next one comes */
    TRIP_LEAST = 1 * ESPBAK_MS,          /* a round trip that is worth hiding, and long enough to do so */
    PLAUSIBLE_RATE = 1000 * 1000 * 1000, /* for chips that take no time at all */
};

static uint64_t assume_rate(const espbak_session *session)
{
    const own_loader *own = session->loader->own;
    if (!session_has_own_loader(session))
        return ASSUMED_HASH_RATE;
    return own_policy_hash_rate(own->cpu_mhz, (own->features & WIRE_FEATURE_SHA256) != 0);
}

espbak_flash_rates espbak_flash_get_rates(const espbak_session *session)
{
    espbak_flash_rates rates = {
        .read = session_line_rate(session) / BITS_PER_BYTE,
        .hash = assume_rate(session),
        .hash_measured = session->flash->hashing.bytes > 0,
        .round_trip = session->line.round_trip,
    };
    if (session->flash->hashing.bytes > 0 && session->flash->hashing.time > 0)
        rates.hash = bytes_min64(session->flash->hashing.bytes * ESPBAK_S / (uint64_t)session->flash->hashing.time,
                                 PLAUSIBLE_RATE);
    else if (session->flash->hashing.bytes > 0)
        rates.hash = PLAUSIBLE_RATE;
    return rates;
}

/* The time from the first request to the last answer is that of hashing and of one round trip. */
static void note_rate(const flash_batch *batch, espbak_time begun)
{
    espbak_session *session = batch->session;
    const espbak_time elapsed = session_now(session) - begun - session->line.round_trip;
    uint64_t bytes = 0;
    for (size_t i = 0; i < batch->count; i++)
        bytes += batch->items[i].size;
    if (bytes < (uint64_t)RATE_LEAST * batch->count || batch->count == 0)
        return;
    session->flash->hashing.bytes += bytes;
    session->flash->hashing.time += elapsed > 0 ? elapsed : 0;
}

/* When a hash takes much longer than those before, its answer was lost. */
static espbak_time answer_deadline(const espbak_session *session, uint32_t size)
{
    const espbak_time longest = flash_hash_patience(size);
    if (session->flash->hashing.bytes == 0)
        return session_now(session) + longest;
    const espbak_flash_rates rates = espbak_flash_get_rates(session);
    const espbak_time usual = (espbak_time)((uint64_t)size * ESPBAK_S / rates.hash);
    const espbak_time patience = PATIENCE + 4 * (usual + session->line.round_trip);
    return session_now(session) + (patience < longest ? patience : longest);
}

static espbak_status take_answer(flash_batch *batch, flash_batch_item *item, espbak_error *err)
{
    espbak_session *session = batch->session;
    command_response response;
    const espbak_time deadline = answer_deadline(session, item->size);
    espbak_status status = command_receive(&session->link, OP_SPI_FLASH_MD5, deadline, &response, err);
    if (status == ESPBAK_OK && session->link.decoder.noise != batch->noise)
        status = espbak_fail(err, ESPBAK_E_LINK, "something arrived damaged");
    return status == ESPBAK_OK ? flash_hash_parse(session, &response, item->md5, err) : status;
}

/*
 * A stub drops a frame that is whole before it has looked at the one before (esp-flasher-stub
 * frame_buffer.c). On a slow line that cannot happen; over native USB, or through a fast socket, two
 * requests sent together arrive together. While the chip hashes the pause costs nothing.
 */
static void let_it_look(const espbak_session *session)
{
    espbak_clock_sleep(espbak_transport_clock(session->transport), POLL_TIME);
}

/*
 * Between its answer to one request and its look at the next a stub has no room for a third: both buffers are taken
 * (esp-flasher-stub frame_buffer.c), or the third replaces the one that waits (esptool-legacy-flasher-stub
 * stub_flasher.c). A bridge takes longer to bring the answer and the next request than the stub needs; the chip's own
 * USB and a socket may not, and have no round trips that are worth hiding.
 */
static bool may_queue(const espbak_session *session)
{
    return !session->flash->hashing.single && !session->info.link.native_usb &&
           espbak_transport_get_caps(session->transport)->baud && session->line.round_trip >= TRIP_LEAST;
}

/* Two outstanding at the most: the stubs have room for no more. */
static espbak_status ask_all(flash_batch *batch, espbak_error *err)
{
    espbak_session *session = batch->session;
    const espbak_time begun = session_now(session);
    espbak_status status = ESPBAK_OK;
    size_t sent = 0;
    batch->noise = session->link.decoder.noise;
    for (size_t got = 0; status == ESPBAK_OK && got < batch->count; got++) {
        for (; status == ESPBAK_OK && sent < batch->count && sent < got + 2; sent++) {
            if (sent == 1)
                let_it_look(session);
            status = flash_hash_ask(session, batch->items[sent].offset, batch->items[sent].size, err);
        }
        if (status == ESPBAK_OK)
            status = take_answer(batch, &batch->items[got], err);
    }
    if (status == ESPBAK_OK)
        note_rate(batch, begun);
    return status;
}

/*
 * A request that got lost on a line that damages nothing was lost because another one waited: that would happen again.
 * Where the line damages bytes batches become shorter, and for a while each range is asked for alone.
 */
static void learn_limit(espbak_session *session, size_t count, bool trouble, bool noisy)
{
    const unsigned limit = session->flash->hashing.batch, penalty = session->flash->hashing.penalty;
    if (trouble && !noisy && count > 1)
        session->flash->hashing.single = true;
    if (count < 2) {
        session->flash->hashing.alone -= session->flash->hashing.alone > 0;
    } else if (trouble) {
        session->flash->hashing.batch = limit > 3 ? limit / 2 : 2;
        session->flash->hashing.alone = penalty > ALONE_FIRST ? penalty : ALONE_FIRST;
        session->flash->hashing.penalty =
            2 * session->flash->hashing.alone < ALONE_MOST ? 2 * session->flash->hashing.alone : ALONE_MOST;
    } else {
        session->flash->hashing.batch = limit < FLASH_BATCH_MOST ? limit + 1 : FLASH_BATCH_MOST;
        session->flash->hashing.penalty = penalty / 2;
    }
}

size_t flash_batch_limit(espbak_session *session)
{
    if (session->flash->hashing.batch == 0)
        session->flash->hashing.batch = FLASH_BATCH_MOST;
    return session->flash->hashing.alone > 0 || !may_queue(session) ? 1 : session->flash->hashing.batch;
}

espbak_status flash_batch_hash(flash_batch *batch, espbak_error *err)
{
    const espbak_status status = ask_all(batch, err);
    const bool noisy = batch->session->link.decoder.noise != batch->noise;
    learn_limit(batch->session, batch->count, status != ESPBAK_OK, noisy);
    return status;
}
