/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PIPE_H
#define CLI_PIPE_H

/* A command of the shell that reads what is written to it. */

#include <stdio.h>

/* NULL when it cannot be started. Its output goes where ours goes. */
FILE *pipe_open(const char *command);

/* Wait for its end; its exit code, or -1 where it has none. */
int pipe_close(FILE *pipe);

#endif
