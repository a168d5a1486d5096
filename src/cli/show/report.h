/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

/* What goes to standard error: steps, warnings, the one error, its hint. Progress is drawn below it. */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/show/progress.h"
#include "cli/show/shared.h"
#include "espbak/error.h"
#include "espbak/events.h"

enum { REPORT_WARNINGS_MAX = 32, REPORT_COMMANDS_MAX = 4, PASTE_MAX = 1180 /* of a command, within a line */ };

/* What can be done about an error, as it is pasted. */
typedef struct report_advice {
    char *commands[REPORT_COMMANDS_MAX]; /* that its hint speaks of; owned */
    size_t count;
    char why[PASTE_MAX];   /* a sentence that `again` stands below */
    char again[PASTE_MAX]; /* the command that completes an unfinished run, or empty */
} report_advice;

typedef struct report {
    FILE *stream;
    bool color;
    bool json_lines;                     /* --progress json: every line is one JSON object */
    bool fold;                           /* longer lines of a plan go on in the next one */
    unsigned width;                      /* columns */
    espbak_log_level level;              /* the most talkative level that is shown */
    progress *bar;                       /* wiped before a line is printed; may be NULL */
    const shared *with;                  /* other devices' reports; NULL: alone */
    char *warnings[REPORT_WARNINGS_MAX]; /* kept for the JSON result; owned */
    size_t warning_count;
} report;

void report_log(report *r, espbak_log_level level, const char *text);

void report_error(report *r, const espbak_error *err, int exit_code, const report_advice *advice);

/* The same as values; NULL does nothing. */
void report_add_error(cJSON *object, const espbak_error *err, int exit_code, const report_advice *advice);

/* One indented line for people, without a prefix: plans and questions. Nothing with json_lines. */
void report_line(report *r, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

void report_free(report *r);

#endif
