/* SPDX-License-Identifier: Apache-2.0 */
#include "device/loader/connect.h"

#include <string.h>

#include "device/loader/own.h"
#include "device/loader/state.h"

enum {
    SYNCS_PER_ATTEMPT = 5,
    SYNC_ANSWERS = 8, /* a loader answers one SYNC eight times */
    SYNC_TIMEOUT = 100 * ESPBAK_MS,
    SYNC_TIMEOUT_SOCKET = 250 * ESPBAK_MS, /* no telling what lies between */
    SYNC_TIMEOUT_REMOTE = 500 * ESPBAK_MS,
    SYNC_PAUSE = 50 * ESPBAK_MS,
    SYNC_SILENCE = 20 * ESPBAK_MS,
    SYNC_DRAIN = 500 * ESPBAK_MS,
    BOOT_LOG_SILENCE = 10 * ESPBAK_MS,
    BOOT_LOG_LIMIT = 60 * ESPBAK_MS,
    REOPEN_TRIES = 4,
    REOPEN_PAUSE = 500 * ESPBAK_MS,
};

/* What an attempt saw besides an answer, for the message when all have failed. */
typedef struct sight {
    bool booted;       /* a boot log came */
    bool waiting;      /* it said that the ROM waits for a download */
    char mode[48];     /* "0x13 (SPI_FAST_FLASH_BOOT)" */
    bool noise;        /* bytes came that are no answer */
    bool settled;      /* all answers to the only SYNC came */
    unsigned attempts; /* made so far */
} sight;

/* Later attempts wait longer: the way may be slower than it looks. */
static espbak_time sync_timeout(const espbak_session *session, unsigned attempts)
{
    const espbak_transport_caps *const caps = espbak_transport_get_caps(session->transport);
    const espbak_time first = caps->remote        ? SYNC_TIMEOUT_REMOTE
                              : caps->modem_lines ? SYNC_TIMEOUT
                                                  : SYNC_TIMEOUT_SOCKET;
    return first * (1 + attempts / 4);
}

static espbak_time after(const espbak_session *session, espbak_time wait)
{
    return espbak_clock_now(session_clock(session)) + wait;
}

static void forget_input(espbak_session *session)
{
    session->link.input_used = session->link.input_size = 0;
    slip_decoder_reset(&session->link.decoder);
}

/* *all: every answer came, so that nothing more is on its way. */
static espbak_status sync_within(espbak_session *session, espbak_time timeout, bool *answered, bool *all,
                                 espbak_error *err)
{
    static const uint8_t pattern[36] = {
        0x07, 0x07, 0x12, 0x20, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
        0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
    };
    *answered = false;
    espbak_status status = command_send(&session->link, OP_SYNC, pattern, sizeof(pattern), NULL, 0, 0, err);
    bool all_zero = true;
    for (unsigned i = 0; status == ESPBAK_OK && i < SYNC_ANSWERS; i++) {
        command_response response;
        status = command_receive(&session->link, OP_SYNC, after(session, timeout), &response, err);
        if (status == ESPBAK_OK) {
            *answered = true;
            all_zero = all_zero && response.value == 0;
        }
    }
    /* ROMs put something into the value, stubs do not. */
    session->loader->stub_found = *answered && all_zero;
    *all = status == ESPBAK_OK;
    if (status == ESPBAK_E_LINK) {
        espbak_error_clear(err);
        return ESPBAK_OK;
    }
    return status;
}

espbak_status connect_sync(espbak_session *session, bool *answered, espbak_error *err)
{
    bool all = false;
    forget_input(session);
    const espbak_status status =
        sync_within(session, sync_timeout(session, 0) + session->line.round_trip, answered, &all, err);
    if (status != ESPBAK_OK || all || !*answered)
        return status;
    return command_drain_input(&session->link, SYNC_SILENCE + session->line.round_trip, SYNC_DRAIN, err);
}

/* Collect what the chip says of itself after a reset. */
static espbak_status read_boot_log(espbak_session *session, char *text, size_t capacity, espbak_error *err)
{
    const espbak_time end = after(session, BOOT_LOG_LIMIT);
    size_t size = 0;
    for (;;) {
        espbak_time deadline = after(session, BOOT_LOG_SILENCE);
        if (deadline > end)
            deadline = end;
        size_t got = 0;
        const espbak_status status =
            espbak_transport_read(session->transport, (uint8_t *)text + size, capacity - 1 - size, deadline, &got, err);
        if (status != ESPBAK_OK)
            return status;
        size += got;
        if (got == 0 || size == capacity - 1)
            break;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0')
            text[i] = '?';
    }
    text[size] = '\0';
    return ESPBAK_OK;
}

/* "ESP-ROM:esp32s3-20210327", "ets Jul 29 2019 12:21:46", up to the end of the line or a comma. */
static void note_rom(espbak_session *session, const char *text)
{
    char *const rom = session->info.link.rom;
    const char *begin = strstr(text, "ESP-ROM:");
    if (begin == NULL)
        begin = strstr(text, "ets ");
    if (begin == NULL)
        return;
    size_t size = strcspn(begin, "\r\n,");
    if (size >= sizeof(session->info.link.rom))
        size = sizeof(session->info.link.rom) - 1;
    for (size_t i = 0; i < size; i++)
        rom[i] = (char)(begin[i] >= ' ' && begin[i] <= '~' ? begin[i] : '?');
    rom[size] = '\0';
}

/* "boot:0x13 (SPI_FAST_FLASH_BOOT)" and perhaps "waiting for download" behind it. */
static void judge_boot_log(const char *text, sight *seen)
{
    const char *const boot = strstr(text, "boot:0x");
    seen->noise = seen->noise || text[0] != '\0';
    if (boot == NULL)
        return;
    seen->booted = true;
    seen->waiting = strstr(boot, "waiting for download") != NULL;
    const char *const mode = boot + strlen("boot:");
    size_t size = strcspn(mode, "\r\n");
    while (size > 0 && (mode[size - 1] == ' ' || mode[size - 1] == '\t'))
        size--;
    if (size >= sizeof(seen->mode))
        size = sizeof(seen->mode) - 1;
    for (size_t i = 0; i < size; i++)
        seen->mode[i] = (char)(mode[i] >= ' ' && mode[i] <= '~' ? mode[i] : '?');
    seen->mode[size] = '\0';
}

/* A chip on its own USB vanishes by a reset and comes back. */
static espbak_status reopen(espbak_session *session, espbak_error *err)
{
    espbak_status status = ESPBAK_E_PORT;
    for (unsigned i = 0; i < REOPEN_TRIES && status == ESPBAK_E_PORT; i++) {
        espbak_clock_sleep(session_clock(session), REOPEN_PAUSE);
        status = espbak_transport_reopen(session->transport, err);
    }
    if (status == ESPBAK_OK)
        forget_input(session);
    return status;
}

static espbak_status reset_chip(espbak_session *session, const reset_strategy *strategy, sight *seen, espbak_error *err)
{
    char text[2048];
    espbak_log(session->events, ESPBAK_LOG_DEBUG, "reset into download mode: %s", strategy->name);
    session->loader->was_reset = true;
    espbak_status status = reset_run(session->transport, strategy, err);
    if (status == ESPBAK_OK)
        status = read_boot_log(session, text, sizeof(text), err);
    if (status == ESPBAK_OK) {
        judge_boot_log(text, seen);
        note_rom(session, text);
    }
    return status;
}

static espbak_status attempt(espbak_session *session, const reset_strategy *strategy, sight *seen, espbak_error *err)
{
    const uint64_t noise = session->link.decoder.noise;
    espbak_status status = espbak_transport_discard_input(session->transport, err);
    forget_input(session);
    if (status == ESPBAK_OK && strategy != NULL)
        status = reset_chip(session, strategy, seen, err);
    /* What comes late, as an answer to the SYNC before, is an answer too. */
    for (unsigned i = 0; status == ESPBAK_OK && i < SYNCS_PER_ATTEMPT && !session->loader->synced; i++) {
        if (i > 0)
            espbak_clock_sleep(session_clock(session), SYNC_PAUSE);
        bool all = false;
        status = sync_within(session, sync_timeout(session, seen->attempts - 1), &session->loader->synced, &all, err);
        seen->settled = all && i == 0 && seen->attempts == 1;
    }
    seen->noise = seen->noise || session->link.decoder.noise > noise;
    if (status != ESPBAK_E_PORT || strategy == NULL || !strategy->renumerates)
        return status;
    return reopen(session, err);
}

static espbak_status report_failure(const espbak_session *session, const sight *seen, bool can_reset, espbak_error *err)
{
    const char *const port = session->info.link.port;
    const espbak_status status = ESPBAK_E_CONNECT;
    if (seen->booted && seen->waiting) {
        espbak_fail(err, status,
                    "cannot connect to the chip on %s: it waits in download mode (boot:%s) but does not "
                    "hear SYNC",
                    port, seen->mode);
        espbak_error_hint(err, "the line from this computer to the chip's RX pin seems to be down: check the wiring");
    } else if (seen->booted) {
        espbak_fail(err, status,
                    "cannot connect to the chip on %s: it starts its application (boot:%s) instead of "
                    "download mode",
                    port, seen->mode);
        espbak_error_hint(err, "hold BOOT (GPIO0 to ground) while connecting");
    } else if (seen->noise) {
        espbak_fail(err, status, "cannot connect to a chip on %s: bytes come, but none is an answer to SYNC", port);
        espbak_error_hint(err, "%s",
                          can_reset ? "hold BOOT while connecting, and check that nothing else uses this "
                                      "line"
                                    : "this link cannot reset the chip: hold BOOT, press reset, try again");
    } else {
        espbak_fail(err, status, "cannot connect to a chip on %s: no answer to SYNC in %u attempts", port,
                    seen->attempts);
        espbak_error_hint(err, "%s",
                          can_reset ? "hold BOOT while connecting, and check port, cable and power"
                                    : "this link cannot reset the chip: hold BOOT, press reset, then try again");
    }
    return status;
}

espbak_status connect_to_loader(espbak_session *session, const reset_plan *plan, unsigned attempts, espbak_error *err)
{
    sight seen = {0};
    session->loader->synced = false;
    session->loader->stub_found = false;
    forget_input(session);
    if (plan->no_sync) {
        session->loader->synced = true;
        return ESPBAK_OK;
    }
    for (unsigned i = 0; i < attempts; i++) {
        const reset_strategy *const strategy = plan->count > 0 ? plan->strategies[i % plan->count] : NULL;
        seen.attempts = i + 1;
        espbak_report_connecting(session->events, "attempt %u of %u, %s%s", seen.attempts, attempts,
                                 strategy != NULL ? "reset " : "without a reset",
                                 strategy != NULL ? strategy->name : "");
        espbak_status status = attempt(session, strategy, &seen, err);
        if (status == ESPBAK_OK && !session->loader->synced && strategy == NULL && i == 0)
            status = own_send_away_unseen(session, err);
        if (status != ESPBAK_OK && status != ESPBAK_E_LINK)
            return espbak_error_prefix(err, "connecting");
        if (session->loader->synced)
            return seen.settled ? ESPBAK_OK : command_drain_input(&session->link, SYNC_SILENCE, SYNC_DRAIN, err);
    }
    return report_failure(session, &seen, plan->count > 0, err);
}
