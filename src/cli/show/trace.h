/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

/* --trace: every byte that passes the port, as hex with times, in a file for later reading. */

#include <stddef.h>

#include "base/file.h"
#include "espbak/events.h"

typedef struct trace {
    file *out;
    espbak_time start; /* of the first record; times are told from there */
    bool started;
    bool failed; /* the disk is full or the like: nothing more is written */
} trace;

ESPBAK_MUST_USE espbak_status trace_open(trace *t, const char *path, espbak_error *err);

void trace_record(trace *t, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size);

/* Keeps what was written. ESPBAK_E_FILE when some of it could not be. */
ESPBAK_MUST_USE espbak_status trace_close(trace *t, espbak_error *err);

#endif
