/* SPDX-License-Identifier: Apache-2.0 */
#include "device/visit/retry.h"

#include <inttypes.h>
#include <stdio.h>

#include "device/flash/read.h"

#define BIT(status) (1u << (status))

/* Bytes were lost or damaged on the way to the chip or back; a damaged request may have been answered by a no. */
#define ANSWERED (BIT(ESPBAK_E_LINK) | BIT(ESPBAK_E_DEVICE))
/* The same, and it may have looked like a command that the loader does not know. */
#define DAMAGED (ANSWERED | BIT(ESPBAK_E_UNSUPPORTED))
/* The same, or the device was unplugged, or it has reset itself. */
#define GONE (ANSWERED | BIT(ESPBAK_E_PORT))

/* A row: after which statuses, how many tries with the first one, and what stands before and behind the reason. */
static const struct {
    uint32_t after;
    unsigned tries;
    espbak_log_level level;
    const char *before, *behind;
} rules[RETRY_COUNT] = {
    /* Where the user names no other number: the reset strategies of the link take turns, and boards differ in timing.
     */
    [RETRY_CONNECT] = {BIT(ESPBAK_E_LINK), 7, ESPBAK_LOG_DETAIL, "", ""},
    /* A chip that was there a moment ago is soon there again, or is not. */
    [RETRY_RESTART] = {DAMAGED, 3, ESPBAK_LOG_DETAIL, "", ""},
    /* A ROM that has stopped at one damaged byte is reset, and asked again. */
    [RETRY_ANEW] = {DAMAGED, 3, ESPBAK_LOG_DETAIL, "starting the chip anew once more: ", ""},
    /* A chip that nobody knows, or another one than expected, is more often a damaged answer. */
    [RETRY_DETECT] = {DAMAGED | BIT(ESPBAK_E_CONNECT), 4, ESPBAK_LOG_DETAIL, "asking the chip once more: ", ""},
    /* Each time at a lower rate. */
    [RETRY_LEARN] = {DAMAGED, 3, ESPBAK_LOG_DETAIL, "identifying the flash once more: ", ""},
    /* One damaged request may have stopped the ROM, and what follows is damaged hardly as often. */
    [RETRY_ENTER] = {DAMAGED, 3, ESPBAK_LOG_INFO, "connecting again: ", ""},

    /* As often as the rungs say; then the ladder changes something, or has nothing left. */
    [RETRY_CHUNK] = {DAMAGED, 0, ESPBAK_LOG_DETAIL, "", ""},
    [RETRY_HASH] = {DAMAGED, 3, ESPBAK_LOG_DETAIL, "hashing", ""},
    /* In a row, each in shorter downloads and blocks; then all of them once more at a lower rate. */
    [RETRY_WRITE] = {DAMAGED, 16, ESPBAK_LOG_DETAIL, "", ""},
    /* Of a download that is given up all that follows is lost too, so a block is worth more tries than a hash. */
    [RETRY_BLOCK] = {DAMAGED, 8, ESPBAK_LOG_DETAIL, "", ""},
    [RETRY_ERASE] = {DAMAGED, 8, ESPBAK_LOG_DETAIL, "erasing", ""},

    /* A port that is not there, or busy, stays so; one behind a network may only have been slow. */
    [RETRY_PORT] = {DAMAGED, 3, ESPBAK_LOG_INFO, "connecting again: ", ""},
    /* A port that has gone since may come again, and one where all else failed may only have to be opened anew. */
    [RETRY_OPEN] = {GONE, 3, ESPBAK_LOG_INFO, "connecting again: ", ""},
    /* As long as the user wants to wait. */
    [RETRY_RETURN] = {GONE | BIT(ESPBAK_E_CONNECT), UINT32_MAX, ESPBAK_LOG_DETAIL, "not yet: ", ""},
    /* A device that goes away at the same place three times will do so a fourth time. */
    [RETRY_LOST] = {GONE, 4, ESPBAK_LOG_DETAIL, "", ""},

    /* Everything below has been tried already: two more tries, in case the line was bad for a while only. */
    [RETRY_STEP] = {GONE, 3, ESPBAK_LOG_DETAIL, "once more: ", ""},
    [RETRY_SECTOR] = {GONE, 2, ESPBAK_LOG_DETAIL, "", ""},
    /* A damaged request brings the digest of another place, but hardly three times. */
    [RETRY_STREAM] = {BIT(ESPBAK_E_DIFFERS), 3, ESPBAK_LOG_DETAIL, "", ""},
    /* The same; two programs that do not agree a second time do not agree. */
    [RETRY_WITNESS] = {BIT(ESPBAK_E_DIFFERS), 2, ESPBAK_LOG_DETAIL, "", ""},
    /* Each pass repairs what the one before has found; what still differs in the fourth is no accident. */
    [RETRY_PROOF] = {BIT(ESPBAK_E_DIFFERS), 4, ESPBAK_LOG_DETAIL, "", ""},
    [RETRY_REWRITE] = {BIT(ESPBAK_E_DIFFERS), 4, ESPBAK_LOG_DETAIL, "", ""},
    /* A restore that is left half done may leave a device that does not start. */
    [RETRY_COMPARE] = {GONE, 4, ESPBAK_LOG_INFO, "", "; comparing again"},
    [RETRY_RESTORE] = {GONE, 4, ESPBAK_LOG_INFO, "", "; writing again what is missing"},
    [RETRY_GUARD] = {BIT(ESPBAK_E_DIFFERS), 4, ESPBAK_LOG_DETAIL, "", ": once more"},
};

/*
 * Noise that spoils every long read spares some short ones; the last rung gets through one flipped bit in
 * 2 kB. Places that fail alike every time are mostly frames of some length, so packets change theirs, and
 * 1000 is no multiple of 64 (esp-flasher-stub 1.1.0).
 */
const retry_rung retry_rungs[RETRY_RUNGS] = {
    {FLASH_CHUNK_MAX, 1, 0},
    {4 * FLASH_PACKET_MAX, 1, 0},
    {FLASH_PACKET_MAX, 2, 1000},
    {1024, 16, 500},
};

enum { RESTARTS_FREE = 16, MEGABYTE_BITS = 20 }; /* in a session, and one more for each megabyte that was read */

bool retry_helps(retry what, espbak_status status)
{
    return (rules[what].after & BIT(status)) != 0;
}

bool retry_again(retry what, unsigned tries, espbak_status status)
{
    return retry_helps(what, status) && tries < rules[what].tries;
}

unsigned retry_tries(retry what)
{
    return rules[what].tries;
}

void retry_say(retry what, const espbak_events *events, const char *why)
{
    espbak_log(events, rules[what].level, "%s%s%s", rules[what].before, why, rules[what].behind);
}

void retry_say_at(retry what, const espbak_events *events, uint64_t offset, unsigned tries, const char *why)
{
    const char *verb = rules[what].before;
    char place[48] = "";
    if (verb[0] != '\0')
        snprintf(place, sizeof(place), "%s 0x%" PRIX64 ": ", verb, offset);
    espbak_log(events, rules[what].level, "%sattempt %u of %u failed: %s", place, tries, rules[what].tries, why);
}

unsigned retry_restarts_left(unsigned restarts, uint64_t read_bytes)
{
    const uint64_t limit = RESTARTS_FREE + (read_bytes >> MEGABYTE_BITS);
    return restarts < limit ? (unsigned)(limit - restarts) : 0;
}
