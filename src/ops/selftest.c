/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/selftest.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"

_Static_assert((int)RATE_STEPS <= (int)ESPBAK_SELFTEST_RATES, "a row for each rate");

static const espbak_loader loaders[ESPBAK_SELFTEST_LOADERS] = {ESPBAK_LOADER_ROM, ESPBAK_LOADER_STUB_CURRENT,
                                                               ESPBAK_LOADER_OWN};

const char *espbak_selftest_state_name(espbak_selftest_state state)
{
    static const word_row rows[] = {[ESPBAK_SELFTEST_OPEN] = {.name = "open"},
                                    [ESPBAK_SELFTEST_NONE] = {.name = "none"},
                                    [ESPBAK_SELFTEST_OK] = {.name = "ok"},
                                    [ESPBAK_SELFTEST_FAILED] = {.name = "failed"},
                                    [ESPBAK_SELFTEST_DIFFERS] = {.name = "differs"}};
    static const word_table table = WORD_TABLE(rows);
    return words_name(&table, (size_t)state);
}

/* ---- what the visits tell ---- */

/* Another loader than was asked for is what a row says, and no warning. */
static void hear_log(void *user, espbak_log_level level, const char *text)
{
    selftest *test = user;
    if (level <= ESPBAK_LOG_INFO)
        snprintf(test->last, sizeof(test->last), "%s", text);
    espbak_log(test->options->session.events, level < ESPBAK_LOG_DETAIL ? ESPBAK_LOG_DETAIL : level, "%s", text);
}

static void hear_progress(void *user, const espbak_progress *progress)
{
    const selftest *test = user;
    const espbak_events *events = test->options->session.events;
    if (events != NULL && events->progress != NULL)
        events->progress(events->user, progress);
}

static void hear_trace(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size)
{
    const selftest *test = user;
    const espbak_events *events = test->options->session.events;
    events->trace(events->user, direction, when, bytes, size);
}

/* ---- the parts ---- */

/* Before anything is written anywhere the first loader that can read says whether that may be. */
static espbak_status read_and_allow(selftest *test, espbak_session *session, espbak_selftest_row *row,
                                    espbak_error *err)
{
    const espbak_status status = selftest_read(test, session, row, err);
    if (status != ESPBAK_OK || !test->options->scratch || test->scratch_allowed)
        return status;
    return selftest_allow_scratch(test, session, err);
}

/* A session that falls back to another rate is no error elsewhere; here it is what was asked. */
static espbak_status read_at_rate(selftest *test, espbak_session *session, espbak_selftest_row *row, espbak_error *err)
{
    const espbak_link_info *link = &espbak_session_device(session)->link;
    if (link->baud == row->baud && selftest_read(test, session, row, err) != ESPBAK_OK)
        return err->status;
    if (link->baud == row->baud)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_DEVICE, "the line went to %u baud instead", (unsigned)link->baud);
}

static espbak_status read_by_each(selftest *test, espbak_error *err)
{
    for (size_t i = 0; i < ESPBAK_SELFTEST_LOADERS; i++) {
        espbak_selftest_row *row = &test->result->reads[i];
        *row = (espbak_selftest_row){.loader = loaders[i], .baud = test->options->session.baud};
        if (selftest_visit(test, row, false, SELFTEST_STAY, read_and_allow, err) != ESPBAK_OK)
            return err->status;
    }
    return ESPBAK_OK;
}

/* The one that a backup would be made with. */
static const espbak_selftest_row *best_row(const espbak_selftest_result *result)
{
    for (size_t i = ESPBAK_SELFTEST_LOADERS; i-- > 0;) {
        if (result->reads[i].state == ESPBAK_SELFTEST_OK)
            return &result->reads[i];
    }
    return NULL;
}

static espbak_status climb(selftest *test, espbak_error *err)
{
    espbak_selftest_result *result = test->result;
    const espbak_selftest_row *best = best_row(result);
    const uint32_t most = test->options->session.baud;
    if (best == NULL || result->device.link.native_usb || !espbak_transport_get_caps(test->line)->baud)
        return ESPBAK_OK;
    for (size_t i = test->rate_count; i-- > 0 && (most == 0 || test->rates[i] <= most);) {
        espbak_selftest_row *row = &result->rates[result->rate_count++];
        *row = (espbak_selftest_row){.loader = best->loader, .baud = test->rates[i]};
        if (selftest_visit(test, row, false, SELFTEST_STAY, read_at_rate, err) != ESPBAK_OK)
            return err->status;
        if (row->state != ESPBAK_SELFTEST_OK)
            break;
    }
    return ESPBAK_OK;
}

static espbak_status look_again(selftest *test, espbak_error *err)
{
    const espbak_selftest_row *best = best_row(test->result);
    espbak_selftest_row *row = &test->result->again;
    *row = (espbak_selftest_row){.loader = best != NULL ? best->loader : ESPBAK_LOADER_ROM};
    return selftest_visit(test, row, false, SELFTEST_LEAVE, selftest_read, err);
}

/* ---- the verdict ---- */

static espbak_status judge_rows(const espbak_selftest_row *rows, size_t count, const char *doing,
                                espbak_selftest_state state, espbak_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state == state)
            return espbak_fail(err, state == ESPBAK_SELFTEST_DIFFERS ? ESPBAK_E_DIFFERS : ESPBAK_E_DEVICE,
                               "%s by %s: %s", doing, espbak_loader_phrase(rows[i].loader), rows[i].why);
    }
    return ESPBAK_OK;
}

/* Wrong bytes are worse than none. A rate that is not reached is what the line is like, and no failure. */
static espbak_status judge(const espbak_selftest_result *result, espbak_error *err)
{
    const size_t each = ESPBAK_SELFTEST_LOADERS;
    espbak_status status = judge_rows(result->reads, each, "reading", ESPBAK_SELFTEST_DIFFERS, err);
    if (status == ESPBAK_OK)
        status = judge_rows(result->rates, result->rate_count, "reading", ESPBAK_SELFTEST_DIFFERS, err);
    if (status == ESPBAK_OK)
        status = judge_rows(result->writes, each, "writing", ESPBAK_SELFTEST_DIFFERS, err);
    if (status == ESPBAK_OK)
        status = judge_rows(&result->again, 1, "reading once more", ESPBAK_SELFTEST_DIFFERS, err);
    if (status == ESPBAK_OK)
        status = judge_rows(result->reads, each, "reading", ESPBAK_SELFTEST_FAILED, err);
    if (status == ESPBAK_OK)
        status = judge_rows(result->writes, each, "writing", ESPBAK_SELFTEST_FAILED, err);
    if (status == ESPBAK_OK)
        status = judge_rows(&result->again, 1, "reading once more", ESPBAK_SELFTEST_FAILED, err);
    return status;
}

static espbak_status test_all(selftest *test, espbak_error *err)
{
    espbak_status status = read_by_each(test, err);
    if (status == ESPBAK_OK)
        status = climb(test, err);
    if (status == ESPBAK_OK && test->options->scratch)
        status = selftest_write_scratch(test, err);
    if (status == ESPBAK_OK)
        status = look_again(test, err);
    return status == ESPBAK_OK ? judge(test->result, err) : status;
}

espbak_status espbak_selftest_run(const espbak_selftest_options *options, espbak_selftest_result *result,
                                  espbak_error *err)
{
    espbak_error unheard = {0};
    selftest test = {.options = options, .result = result};
    const espbak_events *events = options->session.events;
    test.heard = (espbak_events){.log = hear_log, .progress = hear_progress, .user = &test};
    if (events != NULL && events->trace != NULL)
        test.heard.trace = hear_trace;
    if (err == NULL)
        err = &unheard;
    *result = (espbak_selftest_result){0};
    if (options->scratch && options->scratch_offset % ESPBAK_FLASH_SECTOR != 0)
        return espbak_fail(err, ESPBAK_E_USAGE,
                           "the sector to try writing with begins at a multiple of 0x%X, not at 0x%llX",
                           ESPBAK_FLASH_SECTOR, (unsigned long long)options->scratch_offset);
    test.line = options->session.transport;
    espbak_status status = ESPBAK_OK;
    if (test.line == NULL)
        status = espbak_transport_open(&test.line, options->session.port, events, options->session.cancel, err);
    if (status == ESPBAK_OK) {
        result->usb = *espbak_transport_get_usb(test.line);
        status = test_all(&test, err);
    }
    if (options->session.transport == NULL)
        espbak_transport_close(test.line);
    return status;
}
