/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANY_TABLE_H
#define CLI_MANY_TABLE_H

/*
 * What several devices are at, a row each, redrawn in place on a terminal. Whoever uses it holds the lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "espbak/clock.h"

enum { TABLE_TEXT = 256 };

typedef struct table_row {
    const char *device;
    char text[TABLE_TEXT]; /* empty: not shown */
} table_row;

typedef struct table {
    FILE *stream; /* NULL: not shown */
    unsigned (*width)(void), (*height)(void);
    table_row *rows;
    size_t count, drawn; /* lines that stand there */
    espbak_time last;
} table;

/* What a row says from now on; empty takes it away. Shown now and then. */
void table_put(table *t, size_t row, const char *text);

/* Take all lines away, because something else is printed; table_draw brings them back. */
void table_wipe(table *t);
void table_draw(table *t);

#endif
