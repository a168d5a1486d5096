/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "device/flash/write.h"

/*
 * One block. A stub that refuses one which did not arrive as it was sent has used nothing of it. A ROM
 * has counted one with a wrong checksum, though: plain ones go on with the next number, but a deflated
 * download, where the count tells it which block is the last, is spoilt. One whose length is wrong, or
 * its number, a ROM does not count. (Seen on the mask ROMs of ESP32 and ESP32-C3, which also bear an
 * MD5 between two blocks.)
 */

enum {
    BLOCK_HEAD = 16,
    ROM_INVALID = 0x05,
    ROM_CHECKSUM = 0x07,
    STUB_LENGTH = 0xC0,
    STUB_CHECKSUM = 0xC1,
    STUB_OTHER_LENGTH = 0xC9, /* than that of the frame */
    /* On a bad line silence mostly means that something was lost; what is still at work is waited for afterwards. */
    SILENCE = 1 * ESPBAK_S,
};

static flash_fate judge_stub(const flash_block *block, uint8_t first)
{
    const bool damaged = first == STUB_LENGTH || first == STUB_CHECKSUM;
    return damaged || (first == STUB_OTHER_LENGTH && block->op == OP_FLASH_DATA) ? FLASH_DAMAGED : FLASH_FAILED;
}

static flash_fate judge_rom(flash_block *block, uint8_t second)
{
    if (block->op != OP_FLASH_DATA || (second != ROM_CHECKSUM && second != ROM_INVALID))
        return FLASH_FAILED;
    /* A try that was not answered, and has not written: it had a wrong checksum. */
    if (second == ROM_CHECKSUM || block->unsure)
        ++*block->sequence;
    block->unsure = false;
    return FLASH_DAMAGED;
}

static flash_fate judge(flash_block *block, const command_response *response)
{
    if (response->size < COMMAND_STATUS_STUB || response->data[0] == 0)
        return FLASH_TAKEN;
    return session_has_stub(block->download->session) ? judge_stub(block, response->data[0])
                                                      : judge_rom(block, response->data[1]);
}

static espbak_status exchange(const flash_block *block, command_response *response, espbak_error *err)
{
    espbak_session *session = block->download->session;
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
    const espbak_time soon = session_now(session) + SILENCE + sent + 4 * session->line.round_trip;
    return command_receive(&session->link, block->op, block->download->asks && soon < longest ? soon : longest,
                           response, err);
}

/* Bytes that are too few for a status are no refusal: what is wrong with them is told. */
espbak_status flash_send_once(flash_block *block, flash_fate *fate, espbak_error *err)
{
    command_response response = {0};
    const espbak_status status = exchange(block, &response, err);
    *fate = status == ESPBAK_E_LINK ? FLASH_SILENT : FLASH_FAILED;
    if (status != ESPBAK_OK)
        return status;
    *fate = judge(block, &response);
    *block->sequence += *fate == FLASH_TAKEN;
    return command_check_status(&response, 0, err);
}
