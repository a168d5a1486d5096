/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANY_STATION_LOG_H
#define CLI_MANY_STATION_LOG_H

/* A line for each board, when work on it begins and when it ends: CSV, or JSON where the file's name ends so. */

#include <stdbool.h>
#include <stdio.h>

#include "espbak/error.h"

typedef struct station_entry {
    const char *event;                              /* "begin", "end" */
    const char *port, *mac, *chip, *path, *message; /* empty where there is nothing to say */
    int exit_code;
    double seconds;
} station_entry;

typedef struct station_log {
    FILE *stream; /* NULL: none is kept */
    bool json;
    char (*done)[18]; /* MACs that a line says were done */
    size_t count;
} station_log;

/* Open it to append, and read which boards were done; `path` NULL keeps none. Close it whatever this returns. */
ESPBAK_MUST_USE espbak_status station_log_open(station_log *log, const char *path, espbak_error *err);
void station_log_close(station_log *log);

/* A line, which is on the disk when this returns; what is done is remembered. ESPBAK_E_FILE when it cannot be kept. */
ESPBAK_MUST_USE espbak_status station_log_add(station_log *log, const station_entry *entry, espbak_error *err);

/* Whether a board with this MAC was done, in this run or by what the file says. */
bool station_log_has(const station_log *log, const char *mac);

#endif
