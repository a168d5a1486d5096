/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STDIN_FILE_H
#define CLI_STDIN_FILE_H

/* Standard input as a file that can be read anywhere, and more than once: kept in one that has no name. */

#include <stdio.h>

#include "espbak/events.h"
#include "espbak/reader.h"

/* Starts as {0}. */
typedef struct stdin_file {
    FILE *kept;
    espbak_image_reader reader; /* its ctx is this struct, which must not be moved */
} stdin_file;

/* Read all of it. ESPBAK_E_USAGE where it is a terminal, ESPBAK_E_FILE for what cannot be kept, ESPBAK_E_CANCELLED. */
ESPBAK_MUST_USE espbak_status stdin_file_open(stdin_file *in, const espbak_cancel *cancel, espbak_error *err);
void stdin_file_close(stdin_file *in);

#endif
