/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

/* Where a user's own files are: by the XDG base directories, and on Windows by APPDATA and LOCALAPPDATA. */

#include <stddef.h>

/* The folder of the user's own profiles, NULL when nothing says where. */
const char *places_profiles(char *path, size_t capacity);

/* The user's own file of settings; NULL likewise. */
const char *places_config(char *path, size_t capacity);

/* The file that remembers the rates of adapters; NULL likewise. */
const char *places_rates(char *path, size_t capacity);

#endif
