/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

/* The standard streams of a program: what they are connected to, and how wide. */

#include <stdbool.h>
#include <stddef.h>

typedef enum terminal_stream { TERMINAL_STDIN, TERMINAL_STDOUT, TERMINAL_STDERR } terminal_stream;

/*
 * Give each standard stream that the caller closed a dead end, so that no file or port opened later
 * takes its number and gets to see what is printed. Writing to a dead standard output fails.
 */
void terminal_guard_streams(void);

bool terminal_is_tty(terminal_stream stream);

/* Columns of the terminal behind `stream`; 80 when it does not tell. */
unsigned terminal_width(terminal_stream stream);

/* Lines of it; 24 when it does not tell. */
unsigned terminal_height(terminal_stream stream);

/* Make escape sequences work where that must be asked for; false when they will not. */
bool terminal_enable_escapes(terminal_stream stream);

/* Wait until something was typed or the input ended; false when the time is over first. */
bool terminal_wait_input(unsigned milliseconds);

/* From now on standard output takes bytes as they are, no line-end conversion. */
void terminal_binary_stdout(void);
/* The same of standard input. */
void terminal_binary_stdin(void);

#endif
