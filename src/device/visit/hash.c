/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "device/flash/read.h"
#include "device/visit/range.h"
#include "device/visit/restart.h"
#include "device/visit/retry.h"
#include "device/visit/visit.h"
#include "espbak/flash.h"

espbak_status espbak_flash_md5(espbak_session *session, uint64_t offset, uint64_t size, uint8_t md5[16],
                               espbak_error *err)
{
    espbak_error ignored = {0};
    err = err != NULL ? err : &ignored;
    espbak_status status = espbak_flash_can_hash(session, err);
    if (status == ESPBAK_OK)
        status = range_check(session, "hashing", offset, size, err);
    if (status == ESPBAK_OK && size == 0)
        return digest_of(DIGEST_MD5, "", 0, md5, err);
    for (unsigned tries = 1; status == ESPBAK_OK; tries++) {
        status = flash_engine_of(session)->hash(session, (uint32_t)offset, (uint32_t)size, md5, err);
        if (!retry_again(RETRY_HASH, tries, status))
            break;
        retry_say_at(RETRY_HASH, session->events, offset, tries, err->message);
        visit_count_retry(session);
        status = restart_where_silent(session, err);
    }
    if (status != ESPBAK_OK)
        return espbak_error_prefix(err, "hashing 0x%" PRIX64 " bytes at 0x%" PRIX64, size, offset);
    espbak_error_clear(err);
    return ESPBAK_OK;
}
