/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/*
 * How far the work is: a bar on a terminal, or one JSON object a line for front ends. The cursor is
 * never hidden, so there is nothing to bring back after an interrupt but the line itself.
 */

#include <stdbool.h>
#include <stdio.h>

#include "cli/show/shared.h"
#include "espbak/events.h"

typedef enum progress_mode {
    PROGRESS_OFF,
    PROGRESS_BAR,
    PROGRESS_LINES, /* each phase is said once */
    PROGRESS_JSON,
    PROGRESS_ROW, /* of a table of several devices */
} progress_mode;

enum { PROGRESS_PHASES_MAX = 8 };

typedef struct progress_phase {
    char name[24];
    double seconds; /* that it is expected to take */
    bool begun;
} progress_phase;

typedef struct progress {
    progress_mode mode;
    FILE *stream;
    const espbak_clock *clock;
    unsigned (*width)(void); /* columns; asked for each time, since windows are resized */
    const shared *with;      /* other devices' progress; NULL: alone */

    char phase[24];
    espbak_time last_shown, sample_time;
    uint64_t sample_done, last_done;
    double rate; /* bytes a second, smoothed; 0 until known */
    bool drawn;  /* a bar stands on the current line */

    espbak_progress now; /* the last one; its texts are `phase` and `note` */
    char note[128];
    espbak_time phase_start;
    unsigned turn; /* of what moves while nothing else does */
    progress_phase expected[PROGRESS_PHASES_MAX];
    size_t expected_count;
    char said[PROGRESS_PHASES_MAX][24];
    size_t said_count;
    espbak_time run_start; /* when the first expected phase began; 0 before */
    unsigned percent;      /* of the whole run, which never goes back */
} progress;

/* How far the whole run is, where phases are expected. */
typedef struct progress_run {
    bool known;
    unsigned percent;
    double seconds_left;
} progress_run;

/* A phase that is to come; the one that is said first begins a new run. */
void progress_expect(progress *p, const char *phase, double seconds);

/* Nothing has come for a while: show that it goes on. */
void progress_tick(progress *p);

void progress_update(progress *p, const espbak_progress *now);

/* Take the bar away, because something else is printed. */
void progress_wipe(progress *p);

/* The same where the work is over, or waits for an answer: until a phase says so, nothing moves. */
void progress_rest(progress *p);

/* The bar's text for `columns`, without line control; for progress_update and its tests. */
void progress_format(char *out, size_t capacity, const espbak_progress *now, double rate, const progress_run *run,
                     unsigned columns);

#endif
