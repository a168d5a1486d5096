/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

/* What the program returns: one row for each status, one table for the manual page to follow. */

#include <stdbool.h>
#include <stddef.h>

#include "espbak/error.h"

typedef struct exit_code_row {
    espbak_status status;
    int untouched; /* when the flash is as it was */
    int changed;   /* when this run may have altered it */
} exit_code_row;

/* All rows, in the order of espbak_status. */
const exit_code_row *exit_code_rows(size_t *count);

int exit_code_of(espbak_status status, bool flash_changed);

/* Of two exit codes the one that needs a person more. */
int exit_code_worse(int a, int b);

enum { EXIT_UNFINISHED = 9, EXIT_INTERRUPTED = 130 };

#endif
