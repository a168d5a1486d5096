/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SOURCE_WORD_H
#define CLI_SOURCE_WORD_H

/* The first word of commands that look into a flash: a backup, a file, or "device". */

#include "cli/parse/table_options.h"
#include "cli/saved_name.h"
#include "espbak/inspect.h"

/*
 * What `from` is about, by the first word and the global options; the partition is the second word, where `from` names
 * none. `path` is what it may point to.
 */
ESPBAK_MUST_USE espbak_status source_word(cli *c, const table_options *table, char path[SAVED_PATH_MAX],
                                          espbak_files_source *from, espbak_error *err);

#endif
