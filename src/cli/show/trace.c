/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/trace.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { BYTES_PER_LINE = 16, LINE_CAPACITY = 128, BLOCK_LINES = 32 };

espbak_status trace_open(trace *t, const char *path, espbak_error *err)
{
    *t = (trace){0};
    if (file_create(&t->out, path, err) != ESPBAK_OK)
        return espbak_error_prefix(err, "trace");
    return ESPBAK_OK;
}

static void put(trace *t, const char *text, size_t size)
{
    espbak_error ignored = {0};
    if (!t->failed && size > 0 && file_write(t->out, text, size, &ignored) != ESPBAK_OK)
        t->failed = true;
}

static size_t format_bytes(char *line, double seconds, char mark, const uint8_t *bytes, size_t size)
{
    size_t used = (size_t)snprintf(line, LINE_CAPACITY, "%12.6f %c ", seconds, mark);
    for (size_t i = 0; i < BYTES_PER_LINE; i++) {
        const char *gap = i == BYTES_PER_LINE / 2 ? " " : "";
        if (i < size)
            used += (size_t)snprintf(line + used, LINE_CAPACITY - used, "%s%02x ", gap, bytes[i]);
        else
            used += (size_t)snprintf(line + used, LINE_CAPACITY - used, "%s   ", gap);
    }
    line[used++] = ' ';
    for (size_t i = 0; i < size; i++)
        line[used++] = bytes[i] >= 0x20 && bytes[i] < 0x7F ? (char)bytes[i] : '.';
    line[used++] = '\n';
    return used;
}

static void record_note(trace *t, double seconds, const char *text, size_t size)
{
    char clean[256], line[300];
    bytes_printable(clean, sizeof(clean), text, size);
    const int used = snprintf(line, sizeof(line), "%12.6f - %s\n", seconds, clean);
    put(t, line, (size_t)used);
}

void trace_record(trace *t, espbak_trace_direction direction, espbak_time when, const void *bytes, size_t size)
{
    if (!t->started) {
        t->started = true;
        t->start = when;
    }
    const double seconds = (double)(when - t->start) / ESPBAK_S;
    if (direction == ESPBAK_TRACE_NOTE) {
        record_note(t, seconds, bytes, size);
        return;
    }
    const char mark = direction == ESPBAK_TRACE_TX ? '>' : '<';
    const uint8_t *p = bytes;
    char block[BLOCK_LINES * LINE_CAPACITY];
    size_t used = 0;
    for (size_t at = 0; at < size; at += BYTES_PER_LINE) {
        const size_t part = size - at < BYTES_PER_LINE ? size - at : BYTES_PER_LINE;
        used += format_bytes(block + used, seconds, mark, p + at, part);
        if (used + LINE_CAPACITY > sizeof(block)) {
            put(t, block, used);
            used = 0;
        }
    }
    put(t, block, used);
}

espbak_status trace_close(trace *t, espbak_error *err)
{
    if (t->out == NULL)
        return ESPBAK_OK;
    file *out = t->out;
    t->out = NULL;
    const espbak_status status = file_commit(out, err);
    if (status == ESPBAK_OK && t->failed)
        return espbak_fail(err, ESPBAK_E_FILE, "the trace is incomplete: its disk did not take all of it");
    return status;
}
