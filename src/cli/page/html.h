/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

/* A page of HTML in memory. What comes from a flash or a file goes through html_text, and is no markup then. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"

/* Starts as {0}; `text` is to be freed. */
typedef struct html {
    char *text;
    size_t size, capacity;
    bool failed; /* out of memory: some of it is missing */
} html;

/* Markup of the program's own. */
void html_put(html *page, const char *markup);
void html_format(html *page, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

/* Text of whatever origin, also within the quotes of an attribute. NULL: none. */
void html_text(html *page, const char *text);

/* The same between markup: "<td>", text, "</td>". */
void html_between(html *page, const char *before, const char *text, const char *after);

#endif
