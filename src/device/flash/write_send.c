/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "device/flash/write.h"
#include "espbak/flash.h"

/*
 * One block. A stub that refuses one which did not arrive as it was sent has used nothing of it. A ROM
 * has counted one with a wrong checksum, though: plain ones go on with the next number, but a deflated
 * download, where the count tells it which block is the last, is spoilt. One whose length is wrong, or
 * its number, a ROM does not count. (Seen on the mask ROMs of ESP32 and ESP32-C3, which also bear an
 * MD5 between two blocks.)
 */

enum {
    BLOCK_HEAD = 16,
    BLOCK_ATTEMPTS = 8,
    ROM_INVALID = 0x05,
    ROM_CHECKSUM = 0x07,
    STUB_LENGTH = 0xC0,
    STUB_CHECKSUM = 0xC1,
    STUB_OTHER_LENGTH = 0xC9, /* than that of the frame */
    /* On a bad line silence mostly means that something was lost; what is still at work is waited for afterwards. */
    SILENCE = 1 * ESPBAK_S,
};

typedef enum verdict { ARRIVED, SEND_AGAIN, REFUSED } verdict;

static verdict judge_stub(const flash_block *block, uint8_t first)
{
    const bool damaged = first == STUB_LENGTH || first == STUB_CHECKSUM;
    return damaged || (first == STUB_OTHER_LENGTH && block->op == OP_FLASH_DATA) ? SEND_AGAIN : REFUSED;
}

static verdict judge_rom(flash_block *block, uint8_t second)
{
    if (block->op != OP_FLASH_DATA || (second != ROM_CHECKSUM && second != ROM_INVALID))
        return REFUSED;
    /* A try that was not answered, and has not written: it had a wrong checksum. */
    if (second == ROM_CHECKSUM || block->unsure)
        ++*block->sequence;
    block->unsure = false;
    return SEND_AGAIN;
}

static verdict judge(flash_block *block, const command_response *response)
{
    if (response->size < COMMAND_STATUS_STUB || response->data[0] == 0)
        return ARRIVED;
    return session_has_stub(block->piece->session) ? judge_stub(block, response->data[0])
                                                   : judge_rom(block, response->data[1]);
}

static espbak_status send_once(const flash_block *block, command_response *response, espbak_error *err)
{
    espbak_session *session = block->piece->session;
    uint8_t head[BLOCK_HEAD] = {0};
    bytes_put_le32(head, block->size);
    bytes_put_le32(head + 4, *block->sequence);
    const espbak_status status = command_send(&session->link, block->op, head, sizeof(head), block->bytes, block->size,
                                              command_checksum(block->bytes, block->size), err);
    if (status != ESPBAK_OK)
        return status;
    const espbak_time longest = session_deadline(session, SLIP_ENCODED_MAX(block->size), block->patience);
    const espbak_time sent =
        session_deadline(session, SLIP_ENCODED_MAX(block->size), 0) - session_deadline(session, 0, 0);
    const espbak_time soon = flash_now(session) + SILENCE + sent + 4 * session->round_trip;
    return command_receive(&session->link, block->op, block->piece->asks && soon < longest ? soon : longest, response,
                           err);
}

/* Whether the chip holds the block; blank ones tell nothing. */
static espbak_status look(flash_block *block, bool *there, espbak_error *err)
{
    espbak_session *session = block->piece->session;
    uint8_t expected[DIGEST_MD5_SIZE], found[DIGEST_MD5_SIZE];
    const espbak_error kept = *err;
    espbak_status status = flash_resync(session, err);
    if (status != ESPBAK_OK)
        return status;
    if (bytes_are_all(block->bytes, block->size, 0xFF)) {
        *err = kept;
        return err->status;
    }
    status = digest_of(DIGEST_MD5, block->bytes, block->size, expected, err);
    if (status == ESPBAK_OK)
        status = espbak_flash_md5(session, block->offset, block->size, found, err);
    *there = status == ESPBAK_OK && memcmp(expected, found, sizeof(found)) == 0;
    block->unsure = true;
    return status;
}

static void note(flash_block *block, const char *what)
{
    espbak_session *session = block->piece->session;
    session->stats.retries++;
    block->piece->resent++;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "a block of %" PRIu32 " bytes %s", block->size, what);
}

espbak_status flash_send_block(flash_block *block, espbak_error *err)
{
    for (unsigned attempt = 1;; attempt++) {
        command_response response = {0};
        bool there = false;
        espbak_status status = send_once(block, &response, err);
        const bool silent = status == ESPBAK_E_LINK && block->piece->asks;
        if (status != ESPBAK_OK && (!silent || attempt == BLOCK_ATTEMPTS))
            return status;
        if (silent) {
            note(block, "was not answered: looking whether it is there");
            status = look(block, &there, err);
        }
        if (status != ESPBAK_OK)
            return status;
        const verdict said = there ? ARRIVED : silent ? SEND_AGAIN : judge(block, &response);
        *block->sequence += said == ARRIVED;
        if (there)
            return ESPBAK_OK;
        if (said != SEND_AGAIN || attempt == BLOCK_ATTEMPTS)
            return command_check_status(&response, 0, err);
        if (!silent)
            note(block, "arrived damaged, sending it again");
    }
}
