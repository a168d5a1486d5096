/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/retry.h"

#include <stddef.h>
#include <stdint.h>

#define BIT(status) (1u << (status))

/* Bytes were lost or damaged on their way. A request that arrives damaged can also be answered by a no, */
#define ANSWERED (BIT(ESPBAK_E_LINK) | BIT(ESPBAK_E_DEVICE))
/* and be taken for a command that the loader does not know. */
#define DAMAGED (ANSWERED | BIT(ESPBAK_E_UNSUPPORTED))
/* A device that was unplugged, or has reset itself. */
#define GONE (ANSWERED | BIT(ESPBAK_E_PORT))

/* A row: after which statuses, how many tries with the first one, and what stands before and behind the reason. */
static const struct {
    uint32_t after;
    unsigned tries;
    espbak_log_level level;
    const char *before, *behind;
} rules[] = {
    /* A port that is not there, or busy, stays so; one behind a network may only have been slow. */
    [RETRY_PORT] = {DAMAGED, 3, ESPBAK_LOG_INFO, "connecting again: ", ""},
    /* A chip that has answered once: the port that was there may be again. */
    [RETRY_OPEN] = {DAMAGED | BIT(ESPBAK_E_PORT), 3, ESPBAK_LOG_INFO, "connecting again: ", ""},
    /* As long as the user wants to wait. */
    [RETRY_RETURN] = {GONE | BIT(ESPBAK_E_CONNECT), UINT32_MAX, ESPBAK_LOG_DETAIL, "not yet: ", ""},
    /* A device that goes away at the same place three times will do so a fourth time. */
    [RETRY_LOST] = {GONE, 4, ESPBAK_LOG_DETAIL, "", ""},
    /* Whatever is below has tried all it knows: two more for a line that was bad for a while. */
    [RETRY_STEP] = {GONE, 3, ESPBAK_LOG_DETAIL, "once more: ", ""},
    [RETRY_SECTOR] = {GONE, 2, ESPBAK_LOG_DETAIL, "", ""},
    /* A damaged request brings the digest of another place, but hardly three times. */
    [RETRY_STREAM] = {BIT(ESPBAK_E_DIFFERS), 3, ESPBAK_LOG_DETAIL, "", ""},
    /* Each pass repairs what the one before has found; what still differs in the fourth is no accident. */
    [RETRY_PROOF] = {BIT(ESPBAK_E_DIFFERS), 4, ESPBAK_LOG_DETAIL, "", ""},
    [RETRY_REWRITE] = {BIT(ESPBAK_E_DIFFERS), 4, ESPBAK_LOG_DETAIL, "", ""},
    [RETRY_COMPARE] = {GONE, 4, ESPBAK_LOG_INFO, "", "; comparing again"},
    [RETRY_RESTORE] = {GONE, 4, ESPBAK_LOG_INFO, "", "; writing again what is missing"},
    [RETRY_GUARD] = {BIT(ESPBAK_E_DIFFERS), 4, ESPBAK_LOG_DETAIL, "", ": once more"},
};

bool retry_helps(retry what, espbak_status status)
{
    return (rules[what].after & BIT(status)) != 0;
}

bool retry_again(retry what, unsigned tries, espbak_status status)
{
    return retry_helps(what, status) && tries < rules[what].tries;
}

void retry_say(retry what, const espbak_events *events, const char *why)
{
    espbak_log(events, rules[what].level, "%s%s%s", rules[what].before, why, rules[what].behind);
}
