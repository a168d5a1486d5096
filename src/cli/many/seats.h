/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANY_SEATS_H
#define CLI_MANY_SEATS_H

/* Places to work on devices at the same time: what they print is kept apart, and a table shows what each is at. */

#include "cli/cli.h"
#include "cli/many/table.h"
#include "cli/os/threads.h"

typedef struct seats {
    cli *c;
    table progress;
    thread_lock *lock; /* of the table, the terminal, and what the owner says */
} seats;

/* One place, and what became of the work at it. */
typedef struct seat {
    seats *all;
    size_t row; /* of the table */
    char *port, *quoted;
    shared with;
    cli_seat run; /* the document is left to the owner, the result is closed by seat_leave */
    int code;
    espbak_time took;
} seat;

/* So many rows. Close it whatever this returns. */
ESPBAK_MUST_USE espbak_status seats_open(seats *all, cli *c, size_t count, espbak_error *err);
void seats_close(seats *all);

/* At a row, with a device; ESPBAK_E_INTERNAL when out of memory, and there is nothing to be left then. */
ESPBAK_MUST_USE espbak_status seat_take(seat *s, seats *all, size_t row, const char *port, espbak_error *err);

/* Run the program with these arguments; s->code and s->took tell how it went, s->run what it printed. */
void seat_work(seat *s, int argc, char **argv);

/* Nobody else prints from now on until seat_quiet_end; the table is away. */
void seat_quiet(seat *s);
void seat_quiet_end(seat *s);

/* Free everything but the document. */
void seat_leave(seat *s);

#endif
