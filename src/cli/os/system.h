/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SYSTEM_H
#define CLI_SYSTEM_H

/* What this computer runs, and whose files are whose. */

#include <stdbool.h>
#include <stddef.h>

/* "Linux 6.1.0 x86_64". Returns `out`. */
const char *system_name(char *out, size_t capacity);

/* Absolute paths; false when nothing says which, or they are too long. */
bool system_current_folder(char *out, size_t capacity);
bool system_home_folder(char *out, size_t capacity);

/* Whether a file belongs to this user or to the system, so that nobody else can have put it there. */
bool system_is_own_file(const char *path);

#endif
