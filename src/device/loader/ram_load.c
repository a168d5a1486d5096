/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/ram_load.h"
#include "device/loader/state.h"

#include "base/bytes.h"

enum {
    RAM_BLOCK = 0x1800,
    RAM_BLOCK_USB_OTG = 0x800,
    PART_LEAST = 256, /* bytes sent by themselves, on a line that lets nothing longer pass */
    SHRINK = 4,
    FAILURES_MOST = 12,               /* in a row */
    PART_PATIENCE = 1500 * ESPBAK_MS, /* above the round trip of any link that connects */
};

/* A download of its own. */
static espbak_status send_once(espbak_session *session, uint32_t address, const uint8_t *bytes, uint32_t size,
                               espbak_time patience, espbak_error *err)
{
    const uint32_t block = session->loader->usb_otg ? RAM_BLOCK_USB_OTG : RAM_BLOCK;
    const uint32_t blocks = (size + block - 1) / block;
    uint8_t begin[16];
    bytes_put_le32(begin, size);
    bytes_put_le32(begin + 4, blocks);
    bytes_put_le32(begin + 8, block);
    bytes_put_le32(begin + 12, address);
    espbak_status status = command_run(&session->link, OP_MEM_BEGIN, begin, sizeof(begin), 0, patience, NULL, err);
    for (uint32_t i = 0; status == ESPBAK_OK && i < blocks; i++) {
        const uint32_t left = size - i * block;
        status = command_run_block(&session->link, OP_MEM_DATA, i, bytes + (size_t)i * block,
                                   left < block ? left : block, patience, err);
    }
    return status;
}

/* What did not get through goes in shorter parts, each of which may be sent again by itself. */
espbak_status ram_load_segment(espbak_session *session, const char *what, uint32_t address, const uint8_t *bytes,
                               size_t size, espbak_error *err)
{
    size_t part = size;
    unsigned failures = 0;
    for (size_t at = 0; at < size;) {
        const size_t now = size - at < part ? size - at : part;
        const espbak_time patience = part == size ? COMMAND_DEFAULT_TIMEOUT : PART_PATIENCE;
        espbak_status status = send_once(session, address + (uint32_t)at, bytes + at, (uint32_t)now, patience, err);
        if (status == ESPBAK_OK) {
            at += now;
            failures = 0;
            continue;
        }
        if (session_is_over(status) || ++failures == FAILURES_MOST)
            return status;
        espbak_log(session->events, ESPBAK_LOG_DETAIL, "loading the %s: %s", what, err->message);
        part = now / SHRINK > PART_LEAST ? now / SHRINK / 4 * 4 : PART_LEAST;
        status = command_drain_input(&session->link, 20 * ESPBAK_MS, 500 * ESPBAK_MS, err);
        if (status != ESPBAK_OK)
            return status;
    }
    espbak_error_clear(err);
    return ESPBAK_OK;
}

espbak_status ram_load_run(espbak_session *session, uint32_t entry, espbak_error *err)
{
    uint8_t end[8];
    bytes_put_le32(end, entry == 0);
    bytes_put_le32(end + 4, entry);
    return command_send(&session->link, OP_MEM_END, end, sizeof(end), NULL, 0, 0, err);
}
