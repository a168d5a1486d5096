/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/*
 * How far the work is: a bar on a terminal, or one JSON object a line for front ends. The cursor is
 * never hidden, so there is nothing to bring back after an interrupt but the line itself.
 */

#include <stdbool.h>
#include <stdio.h>

#include "espbak/events.h"

typedef enum progress_mode { PROGRESS_OFF, PROGRESS_BAR, PROGRESS_JSON } progress_mode;

typedef struct progress {
    progress_mode mode;
    FILE *stream;
    const espbak_clock *clock;
    unsigned (*width)(void); /* columns; asked for each time, since windows are resized */

    char phase[24];
    espbak_time last_shown, sample_time;
    uint64_t sample_done, last_done;
    double rate; /* bytes a second, smoothed; 0 until known */
    bool drawn;  /* a bar stands on the current line */
} progress;

void progress_update(progress *p, const espbak_progress *now);

/* Take the bar away, because something else is printed or the work is over. */
void progress_wipe(progress *p);

/* The bar's text for `columns`, without line control; for progress_update and its tests. */
void progress_format(char *out, size_t capacity, const espbak_progress *now, double rate, unsigned columns);

#endif
