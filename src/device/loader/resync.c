/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/resync.h"

#include <string.h>

#include "base/bytes.h"
#include "device/loader/own.h"
#include "device/loader/state.h"

/*
 * A stub in its read loop takes a frame that is not an acknowledgement as the end of the read, sends
 * its digest and goes back to its commands (esp-flasher-stub command_handler.c, esptool-legacy-
 * flasher-stub stub_commands.c). The frame sent here is a READ_REG with too much data: where it
 * arrives as a command it is refused and answered once, and a legacy stub, which looks at no more
 * than four bytes of an acknowledgement, takes it for more bytes than any chunk has.
 */

enum {
    RESYNC_ATTEMPTS = 8,
    RESYNC_SILENCE = 50 * ESPBAK_MS, /* longer than a stub reads flash between two packets */
    RESYNC_ANSWER = 300 * ESPBAK_MS,
    RESYNC_BACKLOG = 12 * 4096, /* packets of a stub: the most a loader may still send on its own */
    SYNC_SIZE = 36,
    PROBE_SIZE = 32,            /* as an acknowledgement: 0x00200A00, more than any chunk has */
    MAGIC_ADDRESS = 0x40001000, /* a word of ROM on every chip */
};

/* A resync as a whole: nothing that comes puts its end off. */
typedef struct patience {
    espbak_time backlog; /* what a loader may still send takes no longer */
    espbak_time end;
} patience;

static patience patience_of(const espbak_session *session)
{
    const espbak_time now = session_now(session), trip = session->line.round_trip;
    const espbak_time backlog = session_deadline(session, RESYNC_BACKLOG, 0) - now;
    return (patience){backlog, now + backlog + RESYNC_ATTEMPTS * (RESYNC_SILENCE + RESYNC_ANSWER + 4 * trip)};
}

/* Fails with ESPBAK_E_CONNECT where there is no silence: what comes is no loader's backlog. */
static espbak_status drain(espbak_session *session, const patience *how, espbak_error *err)
{
    const espbak_time begun = session_now(session), left = how->end - begun;
    const espbak_time limit = left < how->backlog ? left : how->backlog;
    const espbak_time silence = RESYNC_SILENCE + 2 * session->line.round_trip;
    const espbak_status status = command_drain_input(&session->link, silence, limit, err);
    if (status != ESPBAK_OK || session_now(session) - begun < limit)
        return status;
    return espbak_fail(err, ESPBAK_E_CONNECT, "bytes come without a pause");
}

static espbak_status send_to_rom(espbak_session *session, uint8_t op, espbak_error *err)
{
    uint8_t data[SYNC_SIZE] = {0x07, 0x07, 0x12, 0x20};
    size_t size = SYNC_SIZE;
    memset(data + 4, 0x55, sizeof(data) - 4);
    if (op == OP_READ_REG) {
        bytes_put_le32(data, MAGIC_ADDRESS);
        size = 4;
    }
    return command_send(&session->link, op, data, size, NULL, 0, 0, err);
}

/*
 * A lost delimiter leaves a stub out of step: it takes the gap between two frames for a frame, and
 * stays so. A current stub drops what it has at a bad escape, and waits for a delimiter again. A
 * legacy stub would run whatever its buffer holds when such a gap ends; so no delimiter goes in front
 * of the frame. If it is out of step this is a frame, and it is in step again; if it is not, it is
 * out of step now, and the next attempt is a frame.
 */
static espbak_status send_to_stub(espbak_session *session, unsigned attempt, espbak_error *err)
{
    uint8_t request[COMMAND_HEADER + PROBE_SIZE] = {0, OP_READ_REG, PROBE_SIZE};
    uint8_t encoded[2 + SLIP_ENCODED_MAX(sizeof(request))] = {SLIP_ESC, 0x00};
    const size_t size = 2 + slip_encode(encoded + 2, request, sizeof(request));
    size_t skip = attempt > 0 ? 0 : 2;
    if (session->info.link.loader == ESPBAK_LOADER_STUB_LEGACY)
        skip = 3;
    return espbak_transport_write(session->transport, encoded + skip, size - skip, session_deadline(session, size, 0),
                                  err);
}

/* ROMs find their feet by SYNC, which they answer several times. */
static espbak_status probe(espbak_session *session, unsigned attempt, const patience *how, espbak_error *err)
{
    const bool stub = session_has_stub(session);
    const uint8_t op = !stub && attempt > 0 ? OP_SYNC : OP_READ_REG;
    espbak_status status = stub ? send_to_stub(session, attempt, err) : send_to_rom(session, op, err);
    if (status != ESPBAK_OK)
        return status;
    command_response response;
    const espbak_time deadline = session_now(session) + RESYNC_ANSWER + 2 * session->line.round_trip;
    status = command_receive(&session->link, op, deadline, &response, err);
    return status == ESPBAK_OK && op == OP_SYNC ? drain(session, how, err) : status;
}

espbak_status loader_resync(espbak_session *session, espbak_error *err)
{
    espbak_status status = ESPBAK_E_LINK;
    session->loader->counts.repairs.resyncs++;
    if (session_has_own_loader(session))
        return own_resync(session, err);
    const patience how = patience_of(session);
    for (unsigned attempt = 0; attempt < RESYNC_ATTEMPTS && status == ESPBAK_E_LINK; attempt++) {
        status = drain(session, &how, err);
        if (status == ESPBAK_OK)
            status = probe(session, attempt, &how, err);
    }
    if (status == ESPBAK_E_CONNECT) {
        err->status = ESPBAK_E_LINK;
        status = ESPBAK_E_LINK;
    }
    if (status == ESPBAK_E_LINK) {
        espbak_error_prefix(err, "the chip no longer answers");
        espbak_error_hint(err, "check cable and power, reset the board and start again");
    }
    return status;
}
