/* SPDX-License-Identifier: Apache-2.0 */
#include "ram_load.h"

#include "base/bytes.h"

enum {
    RAM_BLOCK = 0x1800,
    RAM_BLOCK_USB_OTG = 0x800,
    SEGMENT_TRIES = 8, /* one wrong bit spoils a segment, which takes a second */
};

static espbak_status send_once(espbak_session *session, uint32_t address, const uint8_t *bytes, uint32_t size,
                               espbak_error *err)
{
    const uint32_t block = session->usb_otg ? RAM_BLOCK_USB_OTG : RAM_BLOCK;
    const uint32_t blocks = (size + block - 1) / block;
    uint8_t begin[16];
    bytes_put_le32(begin, size);
    bytes_put_le32(begin + 4, blocks);
    bytes_put_le32(begin + 8, block);
    bytes_put_le32(begin + 12, address);
    espbak_status status =
        command_run(&session->link, OP_MEM_BEGIN, begin, sizeof(begin), 0, COMMAND_DEFAULT_TIMEOUT, NULL, err);
    for (uint32_t i = 0; status == ESPBAK_OK && i < blocks; i++) {
        const uint32_t left = size - i * block;
        status = command_run_block(&session->link, OP_MEM_DATA, i, bytes + (size_t)i * block,
                                   left < block ? left : block, COMMAND_DEFAULT_TIMEOUT, err);
    }
    return status;
}

espbak_status ram_load_segment(espbak_session *session, const char *what, uint32_t address, const uint8_t *bytes,
                               size_t size, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    for (unsigned i = 0; i < SEGMENT_TRIES; i++) {
        status = send_once(session, address, bytes, (uint32_t)size, err);
        if (status == ESPBAK_OK || session_is_over(status))
            return status;
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "loading the %s: %s", what, err->message);
        const espbak_status drained = command_drain_input(&session->link, 20 * ESPBAK_MS, 500 * ESPBAK_MS, err);
        if (drained != ESPBAK_OK)
            return drained;
    }
    return status;
}

espbak_status ram_load_run(espbak_session *session, uint32_t entry, espbak_error *err)
{
    uint8_t end[8];
    bytes_put_le32(end, entry == 0);
    bytes_put_le32(end + 4, entry);
    return command_send(&session->link, OP_MEM_END, end, sizeof(end), NULL, 0, 0, err);
}
