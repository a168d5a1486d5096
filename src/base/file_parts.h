/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_PARTS_H
#define BASE_FILE_PARTS_H

/* What the files behind base/file.h share. */

#include <stddef.h>

#include "espbak/error.h"

/* "cannot <verb> <path>: <why>", with a hint, from an errno value or FILE_OS_NOT_PLAIN. */
espbak_status file_fail(espbak_error *err, const char *verb, const char *path, int error);

/* The first `size` bytes of a text, terminated and allocated; NULL when out of memory. */
char *file_copy_text(const char *text, size_t size);

/* Make the name of a file last; 0 or an errno. */
int file_sync_folder_of(const char *path);

#endif
