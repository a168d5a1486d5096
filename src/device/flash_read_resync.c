/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "device/flash_read.h"

/*
 * A stub in its read loop takes any frame that is not four bytes long as the end of the read, sends
 * its digest and goes back to its commands (esp-flasher-stub command_handler.c, esptool-legacy-
 * flasher-stub stub_commands.c). READ_REG is such a frame, and harmless where it arrives as a
 * command: a shorter frame would make a legacy stub, which checks no length, run what an earlier
 * command left in its buffer.
 */

enum {
    RESYNC_ATTEMPTS = 5,
    RESYNC_SILENCE = 50 * ESPBAK_MS, /* longer than a stub reads flash between two packets */
    RESYNC_ANSWER = 500 * ESPBAK_MS,
    RESYNC_BACKLOG = 12 * FLASH_PACKET_MAX, /* the most a loader may still send on its own */
    SYNC_SIZE = 36,
    MAGIC_ADDRESS = 0x40001000, /* a word of ROM on every chip */
};

bool flash_may_retry(espbak_status status)
{
    return status == ESPBAK_E_LINK || status == ESPBAK_E_DEVICE || status == ESPBAK_E_UNSUPPORTED;
}

static espbak_status drain(espbak_session *session, espbak_error *err)
{
    const espbak_time silence = RESYNC_SILENCE + 2 * session->round_trip;
    const espbak_time limit = session_deadline(session, RESYNC_BACKLOG, 0) - flash_now(session);
    return command_drain_input(&session->link, silence, limit, err);
}

/*
 * A lost delimiter leaves a stub out of step: it takes the gap between two frames for a frame, and
 * stays so. A current stub drops its frame at a bad escape and waits for a delimiter again; a legacy
 * stub only by one more delimiter.
 */
static espbak_status realign(espbak_session *session, unsigned attempt, espbak_error *err)
{
    static const uint8_t bad_escape[] = {SLIP_ESC, 0x00};
    static const uint8_t delimiter[] = {SLIP_END};
    const espbak_loader loader = session->info.link.loader;
    const espbak_time deadline = session_deadline(session, 2, 0);
    if (loader == ESPBAK_LOADER_STUB_CURRENT && attempt > 0)
        return espbak_transport_write(session->transport, bad_escape, sizeof(bad_escape), deadline, err);
    if (loader == ESPBAK_LOADER_STUB_LEGACY && attempt == 3)
        return espbak_transport_write(session->transport, delimiter, sizeof(delimiter), deadline, err);
    return ESPBAK_OK;
}

static espbak_status send_probe(espbak_session *session, uint8_t op, espbak_error *err)
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

/* ROMs find their feet by SYNC; a stub answers READ_REG once, so nothing is left to drain. */
static espbak_status probe(espbak_session *session, unsigned attempt, espbak_error *err)
{
    const bool rom = session->info.link.loader == ESPBAK_LOADER_ROM;
    const uint8_t op = rom && attempt > 0 ? OP_SYNC : OP_READ_REG;
    espbak_status status = realign(session, attempt, err);
    if (status == ESPBAK_OK)
        status = send_probe(session, op, err);
    if (status != ESPBAK_OK)
        return status;
    command_response response;
    const espbak_time deadline = flash_now(session) + RESYNC_ANSWER + 2 * session->round_trip;
    status = command_receive(&session->link, op, deadline, &response, err);
    return status == ESPBAK_OK && op == OP_SYNC ? drain(session, err) : status;
}

espbak_status flash_resync(espbak_session *session, espbak_error *err)
{
    espbak_status status = ESPBAK_E_LINK;
    for (unsigned attempt = 0; attempt < RESYNC_ATTEMPTS && status == ESPBAK_E_LINK; attempt++) {
        status = drain(session, err);
        if (status == ESPBAK_OK)
            status = probe(session, attempt, err);
    }
    if (status == ESPBAK_E_LINK) {
        espbak_error_prefix(err, "the chip no longer answers");
        espbak_error_hint(err, "check cable and power, reset the board and start again");
    }
    return status;
}
