/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

/*
 * Settings in files: the user's own, and one of a project. They say what the environment can say too, a line each:
 *
 *     # comments and empty lines are allowed
 *     port = /dev/ttyUSB1
 *     output = backups
 *
 * Paths are relative to the file's folder.
 */

#include <stdbool.h>
#include <stddef.h>

#include "espbak/error.h"

enum { CONFIG_ROWS_MAX = 16, CONFIG_FILES_MAX = 2 };

typedef struct config_row {
    const char *name;
    char *value;
} config_row;

typedef struct config_file {
    char *path;
    config_row rows[CONFIG_ROWS_MAX];
    size_t count;
} config_file;

/* All files of a run, the nearest first. All zero is none. */
typedef struct config {
    config_file files[CONFIG_FILES_MAX];
    size_t count;
} config;

/* What may stand in such a file. */
typedef struct config_key {
    const char *name;
    bool is_path;   /* taken relative to the file */
    bool user_only; /* not in a project's file, which may come from anyone */
} config_key;

/*
 * Take a file in. One that does not exist is nothing. ESPBAK_E_USAGE names the line that cannot be meant,
 * ESPBAK_E_FILE a file that cannot be read. `keys` end with a NULL name.
 */
ESPBAK_MUST_USE espbak_status config_add(config *all, const char *path, bool of_project, const config_key *keys,
                                         espbak_error *err);

/* The value of a name, and in *from the file that has it; NULL when none does. */
const char *config_find(const config *all, const char *name, const char **from);

void config_free(config *all);

#endif
