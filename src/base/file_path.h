/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_PATH_H
#define BASE_FILE_PATH_H

/* What the functions of base/file.h share about paths. */

#include <stddef.h>

/* The first `size` bytes of a text, terminated and allocated; NULL when out of memory. */
char *file_copy_text(const char *text, size_t size);

/* Make the name of a file last; 0 or an errno. */
int file_sync_folder_of(const char *path);

#endif
