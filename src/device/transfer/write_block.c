/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "device/loader/resync.h"
#include "device/transfer/write.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"
#include "espbak/flash.h"

/* Whether the chip holds the block; blank ones tell nothing. */
static espbak_status look(flash_block *block, bool *there, espbak_error *err)
{
    espbak_session *session = block->download->session;
    uint8_t expected[DIGEST_MD5_SIZE], found[DIGEST_MD5_SIZE];
    const espbak_error kept = *err;
    espbak_status status = loader_resync(session, err);
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
    espbak_session *session = block->download->session;
    visit_count_retry(session);
    block->download->resent++;
    espbak_log(session->events, ESPBAK_LOG_DETAIL, "a block of %" PRIu32 " bytes %s", block->size, what);
}

espbak_status write_block(flash_block *block, espbak_error *err)
{
    for (unsigned tries = 1;; tries++) {
        flash_fate fate = FLASH_FAILED;
        espbak_status status = flash_send_once(block, &fate, err);
        const bool again = fate == FLASH_DAMAGED || (fate == FLASH_SILENT && block->download->asks);
        if (!again || !retry_again(RETRY_BLOCK, tries, status))
            return status;
        if (fate == FLASH_DAMAGED) {
            note(block, "arrived damaged, sending it again");
            continue;
        }
        bool there = false;
        note(block, "was not answered: looking whether it is there");
        status = look(block, &there, err);
        *block->sequence += there;
        if (status != ESPBAK_OK || there)
            return status;
    }
}
