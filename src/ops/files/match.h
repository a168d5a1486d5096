/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_MATCH_PATH_H
#define OPS_MATCH_PATH_H

/* Which of the files in a file system are meant. */

#include <stdbool.h>

#include "espbak/files.h"

/* Whether a path, or a folder that it is in, is meant by a pattern: '*' and '?' stop at '/', "**" does not. */
bool match_path(const char *pattern, const char *path);

/* The one file whose path is the pattern, letter by letter; NULL where it is a folder, or means others. */
const espbak_file *match_single(const espbak_file_list *list, const char *pattern);

#endif
