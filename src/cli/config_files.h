/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CONFIG_FILES_H
#define CLI_CONFIG_FILES_H

/* Which files of settings count for this run. */

#include "cli/parse/config.h"

/*
 * The project's, .espbak in the current folder or the nearest one above it, and the user's own. One that somebody else
 * owns is left out: *foreign is its path then, for a warning, else empty. Errors are those of config_add.
 */
ESPBAK_MUST_USE espbak_status config_files_load(config *out, char *foreign, size_t capacity, espbak_error *err);

#endif
