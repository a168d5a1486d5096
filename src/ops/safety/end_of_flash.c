/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/safety/end_of_flash.h"

#include "base/bytes.h"
#include "device/flash/identify/judge.h"

enum { SMALLEST = 64 * 1024 };

static bool is_only_told(const espbak_session *session)
{
    return espbak_session_device(session)->flash.size_proof == ESPBAK_PROOF_TOLD;
}

/* The smallest flash that reaches behind `at`. */
static uint64_t size_for(uint64_t at)
{
    uint64_t size = SMALLEST;
    while (size <= at)
        size *= 2;
    return size;
}

uint64_t end_of_flash_step(const espbak_session *session, uint64_t at, uint64_t end)
{
    return is_only_told(session) ? bytes_min64(end, size_for(at)) : end;
}

espbak_status end_of_flash_check(espbak_session *session, uint64_t at, uint64_t *seen, espbak_error *err)
{
    if (at < SMALLEST || size_for(at) <= *seen || !is_only_told(session))
        return ESPBAK_OK;
    *seen = size_for(at);
    const uint64_t repeat = judge_repeat_now(session);
    if (repeat == 0 || repeat > at)
        return ESPBAK_OK;
    espbak_fail(err, ESPBAK_E_REFUSED,
                "the flash shows its beginning again from %llu KiB on: it is smaller than it says, and nothing was "
                "written behind that",
                (unsigned long long)repeat / 1024);
    espbak_error_hint(err, "--flash-size %lluK works with what there is", (unsigned long long)repeat / 1024);
    return ESPBAK_E_REFUSED;
}
