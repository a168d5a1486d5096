/* SPDX-License-Identifier: Apache-2.0 */
#include "espbak/events.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/cancel.h"

#include "base/words.h"

void espbak_log(const espbak_events *events, espbak_log_level level, const char *fmt, ...)
{
    if (events == NULL || events->log == NULL)
        return;
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    events->log(events->user, level, text);
}

void espbak_report_progress(const espbak_events *events, const char *phase, uint64_t done, uint64_t total)
{
    if (events == NULL || events->progress == NULL)
        return;
    const espbak_progress progress = {.phase = phase, .done = done, .total = total};
    events->progress(events->user, &progress);
}

void espbak_report_connecting(const espbak_events *events, const char *fmt, ...)
{
    if (events == NULL || events->progress == NULL)
        return;
    char note[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(note, sizeof(note), fmt, args);
    va_end(args);
    const espbak_progress progress = {.phase = "connecting", .note = note};
    events->progress(events->user, &progress);
}

void espbak_expect_phase(const espbak_events *events, const char *phase, double seconds)
{
    if (events != NULL && events->expect != NULL)
        events->expect(events->user, phase, seconds);
}

static const word_row log_levels[] = {
    [ESPBAK_LOG_WARNING] = {.name = "warning"},
    [ESPBAK_LOG_INFO] = {.name = "info"},
    [ESPBAK_LOG_DETAIL] = {.name = "detail"},
    [ESPBAK_LOG_DEBUG] = {.name = "debug"},
};
static const word_table log_level_words = WORD_TABLE(log_levels);

const char *espbak_log_level_name(espbak_log_level level)
{
    return words_name(&log_level_words, level);
}

bool cancel_is_requested(const espbak_cancel *cancel)
{
    return cancel != NULL && cancel->requested != 0;
}

espbak_status cancel_fail(espbak_error *err)
{
    return espbak_fail(err, ESPBAK_E_CANCELLED, "interrupted");
}

espbak_status cancel_check(const espbak_cancel *cancel, espbak_error *err)
{
    return cancel_is_requested(cancel) ? cancel_fail(err) : ESPBAK_OK;
}
