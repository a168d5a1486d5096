/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SOURCE_WORD_H
#define CLI_SOURCE_WORD_H

/* The first word of commands that look into a flash: a backup, a file, or "device". */

#include "cli/saved_name.h"
#include "espbak/inspect.h"

/* Where the files are that `from` is about; `path` is what it may point to, and `from` is filled in otherwise. */
ESPBAK_MUST_USE espbak_status source_word(cli *c, char path[SAVED_PATH_MAX], espbak_files_source *from,
                                          espbak_error *err);

#endif
