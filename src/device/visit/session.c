/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "device/chip/facts.h"
#include "device/flash/facts.h"
#include "device/loader/leave.h"
#include "device/loader/own.h"
#include "device/loader/state.h"
#include "device/protect/facts.h"
#include "device/protect/protect.h"
#include "device/visit/come_in.h"
#include "device/visit/rate.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"
#include "transport/lend.h"

enum { ENTER_LONGEST = 90 * ESPBAK_S }; /* then connecting is not done anew any more */

/* A session and its parts. */
typedef struct session_block {
    espbak_session session;
    chip_facts chip;
    loader_state loader;
    flash_facts flash;
    protect_facts protect;
    visit visit;
} session_block;

espbak_status session_new(espbak_session **out, espbak_transport *transport, const espbak_events *events,
                          espbak_error *err)
{
    session_block *const block = calloc(1, sizeof(*block));
    *out = NULL;
    if (block == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    espbak_session *const session = &block->session;
    session->chip = &block->chip;
    session->loader = &block->loader;
    session->flash = &block->flash;
    session->protect = &block->protect;
    session->visit = &block->visit;
    session->transport = transport;
    session->events = events;
    const espbak_status status = command_link_init(&session->link, transport, err);
    if (status == ESPBAK_OK)
        *out = session;
    else
        free(block);
    return status;
}

/* All but the line. */
static void let_go(espbak_session *session)
{
    own_free(session);
    command_link_free(&session->link);
    free((char *)(uintptr_t)session->visit->way.options.stub);
    free((char *)(uintptr_t)session->visit->way.options.rate_memory);
    free(session);
}

static espbak_status copy_text(const char **out, const char *text, espbak_error *err)
{
    char *const copy = text != NULL ? malloc(strlen(text) + 1) : NULL;
    if (text != NULL && copy == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    *out = copy != NULL ? strcpy(copy, text) : NULL;
    return ESPBAK_OK;
}

void session_free(espbak_session *session)
{
    espbak_transport *const transport = session->transport;
    let_go(session);
    espbak_transport_close(transport);
}

/* The port and the reset sequence are wanted once only; the stub's name whenever one is started. */
static espbak_status keep_options(visit_way *way, const espbak_session_options *options, espbak_error *err)
{
    espbak_session_options *const kept = &way->options;
    *kept = *options;
    kept->port = kept->reset_sequence = NULL;
    kept->transport = NULL;
    kept->stub = kept->rate_memory = NULL;
    const espbak_status status = copy_text(&kept->stub, options->stub, err);
    return status == ESPBAK_OK ? copy_text(&kept->rate_memory, options->rate_memory, err) : status;
}

/* A profile of another board names places that mean something else here. */
static espbak_status check_board(const espbak_session *session, uint64_t board_size, espbak_error *err)
{
    const espbak_flash_info *const flash = &session->info.flash;
    const uint64_t size = flash->whole_size != 0 ? flash->whole_size : flash->size;
    if (board_size == 0 || size == 0 || size == board_size)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_REFUSED,
                "refused: the profile is of a board with %llu KiB of flash, and the attached flash has %llu KiB",
                (unsigned long long)board_size / 1024, (unsigned long long)size / 1024);
    espbak_error_hint(err, "this is another board: name the partitions themselves instead of the profile");
    return ESPBAK_E_REFUSED;
}

/* *session is NULL when there is not even one that could be closed. */
static espbak_status enter(espbak_session **session, espbak_transport *transport, const espbak_session_options *options,
                           espbak_error *err)
{
    espbak_status status = session_new(session, transport, options->events, err);
    if (status != ESPBAK_OK)
        return status;
    (*session)->visit->counts.started = session_now(*session);
    visit_note_progress(*session);
    loader_begin(*session, options->baud);
    status = keep_options(&(*session)->visit->way, options, err);
    if (status != ESPBAK_OK)
        return status;
    rate_recall(*session);
    return come_in(*session, options->reset_sequence, err);
}

/*
 * A damaged request may be the end of a ROM: it reads what it is told to, also where there is nothing. So all of it is
 * done anew, beginning with the reset where there is one; nothing was written to the flash so far.
 */
static espbak_status enter_again(espbak_session **session, espbak_transport *transport, uint32_t baud,
                                 const espbak_session_options *options, espbak_error *err)
{
    retry_say(RETRY_ENTER, options->events, err->message);
    let_go(*session);
    *session = NULL;
    espbak_error_clear(err);
    espbak_status status = ESPBAK_OK;
    if (espbak_transport_baud(transport) != baud)
        status = espbak_transport_set_baud(transport, baud, err);
    if (status == ESPBAK_OK)
        status = enter(session, transport, options, err);
    return visit_answered_before(status, err);
}

espbak_status espbak_session_open_transport(espbak_session **out, espbak_transport *transport,
                                            const espbak_session_options *options, espbak_error *err)
{
    espbak_error local = {0};
    espbak_session *session = NULL;
    if (err == NULL)
        err = &local;
    *out = NULL;
    espbak_transport_observe(transport, options->events, options->cancel);
    const espbak_clock *const clock = espbak_transport_clock(transport);
    const espbak_time until = espbak_clock_now(clock) + ENTER_LONGEST;
    const uint32_t baud = espbak_transport_baud(transport);
    espbak_status status = enter(&session, transport, options, err);
    for (unsigned tries = 1; session != NULL && session->loader->synced && retry_again(RETRY_ENTER, tries, status) &&
                             espbak_clock_now(clock) < until;
         tries++)
        status = enter_again(&session, transport, baud, options, err);
    if (status == ESPBAK_OK && session != NULL)
        status = check_board(session, options->board_flash_size, err);
    if (status == ESPBAK_OK)
        *out = session;
    else if (session != NULL)
        espbak_session_close(session);
    else
        espbak_transport_close(transport);
    return status;
}

espbak_status visit_open_line(espbak_transport **out, const espbak_session_options *options, espbak_error *err)
{
    if (options->transport != NULL)
        return transport_lend(out, options->transport, err);
    espbak_report_connecting(options->events, "opening %s", options->port);
    return espbak_transport_open(out, options->port, options->events, options->cancel, err);
}

espbak_status espbak_session_open(espbak_session **out, const espbak_session_options *options, espbak_error *err)
{
    espbak_transport *transport = NULL;
    *out = NULL;
    const espbak_status status = visit_open_line(&transport, options, err);
    return status == ESPBAK_OK ? espbak_session_open_transport(out, transport, options, err) : status;
}

void espbak_session_close(espbak_session *session)
{
    if (session == NULL)
        return;
    rate_remember(session);
    espbak_transport_ignore_cancel(session->transport);
    protect_end(session);
    leave_chip(session, session->visit->way.options.after);
    session_free(session);
}

const espbak_device_info *espbak_session_device(const espbak_session *session)
{
    return &session->info;
}

espbak_transport *espbak_session_transport(espbak_session *session)
{
    return session->transport;
}

espbak_session_stats espbak_session_get_stats(const espbak_session *session)
{
    const espbak_transport_stats line = espbak_transport_get_stats(session->transport);
    espbak_session_stats stats = session->visit->counts;
    session_add_stats(&stats, &session->loader->counts);
    session_add_stats(&stats, &session->flash->counts);
    stats.tx_bytes = line.tx_bytes;
    stats.rx_bytes = line.rx_bytes;
    stats.noise = session->link.decoder.noise;
    return stats;
}
