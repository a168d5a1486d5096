/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

/* What will be done to a device: shown first, and asked about. */

#include "cli/cli.h"
#include "espbak/ops.h"

/*
 * A plan that is carried out belongs to the question, on standard error; without one it is the `result`, on standard
 * output.
 */
void plan_title(cli *c, bool result);
/* "  Label       text"; folded where a person reads it. */
void plan_line(cli *c, bool result, const char *label, const char *text);

/* What a write or erase wants of it. */
typedef struct change_request {
    bool dry_run;
    const char *verb;     /* "Write", "Erase" */
    const char *question; /* "Write 2 files to", without the device */
    bool needs_yes;       /* without a terminal to ask on nothing is done unless --yes says so */
} change_request;

/* Show it, add it to the JSON document, and ask. ESPBAK_E_REFUSED when the answer is no. */
ESPBAK_MUST_USE espbak_status plan_confirm_change(cli *c, const change_request *request, const espbak_change_plan *plan,
                                                  espbak_error *err);

/* What came of it. */
void plan_show_result(cli *c, const char *verb, const espbak_write_result *result);

#endif
