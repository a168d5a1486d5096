/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RAW_INPUT_H
#define CLI_RAW_INPUT_H

/* OFFSET FILE [OFFSET FILE]… of a command, - being standard input. */

#include "cli/cli.h"
#include "cli/os/stdin_file.h"
#include "espbak/ops.h"

/* Starts as {0}; not to be moved. */
typedef struct raw_input {
    espbak_raw_file *files;
    size_t count;
    stdin_file in;
} raw_input;

ESPBAK_MUST_USE espbak_status raw_input_open(raw_input *input, const cli *c, espbak_error *err);
void raw_input_close(raw_input *input);

#endif
