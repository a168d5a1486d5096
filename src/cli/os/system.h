/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SYSTEM_H
#define CLI_SYSTEM_H

/* What this computer runs. */

#include <stddef.h>

/* "Linux 6.1.0 x86_64". Returns `out`. */
const char *system_name(char *out, size_t capacity);

#endif
