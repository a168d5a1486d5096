/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DOCUMENTS_H
#define CLI_DOCUMENTS_H

/* What commands say of a backup, for the report, which is made of the same. Each is in the command's own file. */

#include "cli/show/output.h"
#include "espbak/inspect.h"

/* The first lines of inspect: where it comes from, and how it was proven. */
void inspect_show_head(output *out, const espbak_inspection *found);
/* All of it, with the values of NVS and the eFuses or not; errors are those of reading values. */
ESPBAK_MUST_USE espbak_status inspect_show(output *out, const espbak_inspection *found, bool values, bool efuses,
                                           espbak_error *err);

void files_show(output *out, const espbak_files_result *result);

void diff_show(output *out, const espbak_diff_result *result);

#endif
