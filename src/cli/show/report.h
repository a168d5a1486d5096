/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

/* What goes to standard error: steps, warnings, the one error, its hint. Progress is drawn below it. */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/show/progress.h"
#include "espbak/error.h"
#include "espbak/events.h"

enum { REPORT_WARNINGS_MAX = 32 };

typedef struct report {
    FILE *stream;
    bool color;
    bool json_lines;                     /* --progress json: every line is one JSON object */
    espbak_log_level level;              /* the most talkative level that is shown */
    progress *bar;                       /* wiped before a line is printed; may be NULL */
    char *warnings[REPORT_WARNINGS_MAX]; /* kept for the JSON result; owned */
    size_t warning_count;
} report;

void report_log(report *r, espbak_log_level level, const char *text);

/* `again` is the command that completes an unfinished run, or NULL. */
void report_error(report *r, const espbak_error *err, int exit_code, const char *again);

/* The same as values; NULL does nothing. */
void report_add_error(cJSON *object, const espbak_error *err, int exit_code, const char *again);

/* One indented line for people, without a prefix: plans and questions. Nothing with json_lines. */
void report_line(report *r, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

void report_free(report *r);

#endif
