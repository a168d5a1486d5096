/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

/* How a word is written so that the user's shell hands it on as it is. */

#include <stdbool.h>
#include <stddef.h>

typedef enum shell_kind { SHELL_POSIX, SHELL_CMD, SHELL_POWERSHELL } shell_kind;

/* The one that started this program, as far as that can be found out. */
shell_kind shell_at_hand(void);

/* By the name of its program, such as "C:\\Windows\\System32\\cmd.exe". */
shell_kind shell_by_program(const char *path);

/* The word in quotes where it needs them, ended by a NUL. False when it does not fit; `out` is empty then. */
bool shell_quote(char *out, size_t capacity, shell_kind shell, const char *word);

#endif
