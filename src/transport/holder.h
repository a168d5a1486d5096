/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSPORT_HOLDER_H
#define TRANSPORT_HOLDER_H

/* Who has a device open, for messages about ports that are busy. POSIX only. */

#include <stdbool.h>
#include <stddef.h>

enum { HOLDER_TEXT_MAX = 64 };

/**
 * Find another process that has the device at `path` open and may be seen by this one. Writes
 * "process 4711 (minicom)"; false, and "another process", when none was found. Linux only, elsewhere false.
 */
bool holder_find(const char *path, char text[HOLDER_TEXT_MAX]);

#endif
