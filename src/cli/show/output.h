/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

/*
 * Standard output: results only. For people as text; with --json exactly one JSON document, also
 * when the run fails ({"error": …}).
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/show/progress.h"
#include "espbak/error.h"

typedef struct output {
    FILE *stream;
    bool json;
    cJSON *root;   /* the document so far, an object; owned */
    progress *bar; /* wiped before a line is printed; may be NULL */
    bool color;
    unsigned width; /* columns */
    bool fold;      /* longer fields go on in the next line: a person reads them */
    void (*take)(void *user, const char *label, const char *text); /* gets the fields instead; NULL: nothing does */
    void *take_user;
} output;

/* A line of text; nothing with --json. */
void output_line(output *out, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

/* A command in a line of its own, which is never folded, so that it can be copied. */
void output_command(output *out, const char *command);

/* "Label      text", indented by two; nothing with --json. */
void output_field(output *out, const char *label, const char *fmt, ...) ESPBAK_PRINTF(3, 4);

/* The document, made when first asked for; NULL without --json or memory (cJSON's adders allow that). */
cJSON *output_root(output *out);

/* Print the document and see that everything arrived; ESPBAK_E_FILE when standard output did not take it. */
ESPBAK_MUST_USE espbak_status output_finish(output *out, espbak_error *err);

#endif
