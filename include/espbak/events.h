/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_EVENTS_H
#define ESPBAK_EVENTS_H

/*
 * How the library tells what it is doing: callbacks, never output. Any callback may be NULL. They
 * are called on the thread that called the library and must not call back into the same session.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/clock.h"
#include "espbak/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum espbak_log_level {
    ESPBAK_LOG_WARNING, /**< something the user must know; shown always */
    ESPBAK_LOG_INFO,    /**< a step of the work; shown unless quiet */
    ESPBAK_LOG_DETAIL,  /**< why a step is done so, retries, fall-backs; -v */
    ESPBAK_LOG_DEBUG,   /**< -vv */
} espbak_log_level;

/** "warning", "info", "detail", "debug". Never NULL. */
ESPBAK_API const char *espbak_log_level_name(espbak_log_level level);

typedef struct espbak_progress {
    const char *phase; /**< "reading", "verifying", "writing", "erasing", "hashing", "connecting" */
    uint64_t done;     /**< bytes */
    uint64_t total;    /**< bytes; 0 when not known */
    const char *note;  /**< what is tried, while "connecting"; NULL elsewhere, where bytes are counted */
} espbak_progress;

typedef enum espbak_trace_direction { ESPBAK_TRACE_TX, ESPBAK_TRACE_RX, ESPBAK_TRACE_NOTE } espbak_trace_direction;

typedef struct espbak_events {
    void (*log)(void *user, espbak_log_level level, const char *text);
    void (*progress)(void *user, const espbak_progress *progress);
    /** A phase is to come and will take about so long, so that what is left of the run can be told. */
    void (*expect)(void *user, const char *phase, double seconds);
    /** Called some times a second while the other end is waited for, so that something can move. */
    void (*waiting)(void *user);
    /** Bytes as they pass the transport; for ESPBAK_TRACE_NOTE a text (baud change, modem lines). */
    void (*trace)(void *user, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size);
    void *user;
} espbak_events;

/** Set `requested` (from a signal handler, for instance) and every wait ends with ESPBAK_E_CANCELLED. */
typedef struct espbak_cancel {
    volatile sig_atomic_t requested;
} espbak_cancel;

ESPBAK_API void espbak_log(const espbak_events *events, espbak_log_level level, const char *fmt, ...)
    ESPBAK_PRINTF(3, 4);

ESPBAK_API void espbak_report_progress(const espbak_events *events, const char *phase, uint64_t done, uint64_t total);

/** The phase "connecting": what is tried. */
ESPBAK_API void espbak_report_connecting(const espbak_events *events, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

/** See `expect`. */
ESPBAK_API void espbak_expect_phase(const espbak_events *events, const char *phase, double seconds);

#ifdef __cplusplus
}
#endif

#endif
