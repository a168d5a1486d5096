/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

/* "nvs,ota_0" as an option's value. */

#include <stddef.h>

#include "espbak/error.h"

enum { NAMES_MAX = 100, NAMES_TEXT_MAX = 2048 };

/* Starts as {0}; not to be copied. */
typedef struct name_list {
    const char *names[NAMES_MAX];
    size_t count;
    char text[NAMES_TEXT_MAX];
} name_list;

/* `text` NULL gives none; ESPBAK_E_USAGE for a name that is empty. */
ESPBAK_MUST_USE espbak_status name_list_split(name_list *list, const char *text, espbak_error *err);

#endif
