/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/* One row of the command table: it parses, it is what the help prints, and it does the work. */

#include "cli/parse/opt.h"

struct cli;

enum { CLI_ALIASES_MAX = 3, CLI_ANY_NUMBER = 10000 };

#define CLI_NO_FOLDER SIZE_MAX

/* The option rows of a command, and the struct that takes their values. */
#define CLI_OPTIONS(rows, type)                                                                                        \
    .options = (rows), .option_count = sizeof(rows) / sizeof((rows)[0]), .options_size = sizeof(type)

typedef enum cli_devices {
    CLI_ONE_DEVICE,  /* or none */
    CLI_EACH_DEVICE, /* it is run for each of several, at the same time */
    CLI_ALL_DEVICES, /* it sees to several by itself */
} cli_devices;

typedef struct cli_command {
    const char *name;
    const char *aliases[CLI_ALIASES_MAX]; /* other names that are understood; NULL where unused */
    const char *arguments;                /* "OFFSET SIZE|ALL FILE", empty when there are none */
    const char *summary;                  /* one line of espbak --help */
    const char *description;              /* paragraphs of espbak help COMMAND */
    const opt_spec *options;
    size_t option_count;
    size_t options_size;  /* of the struct the options are stored in */
    size_t folder_offset; /* where in it backup's -o is, or CLI_NO_FOLDER */
    cli_devices several;  /* how many devices it is for */
    unsigned ignores;     /* groups of global options that mean nothing to it, SETTINGS_* */
    int min_words, max_words;
    espbak_status (*run)(struct cli *c, espbak_error *err);
} cli_command;

/* By name or other name, '-' and '_' the same; NULL when there is none. */
const cli_command *command_named(const cli_command *const *rows, size_t count, const char *name);

#endif
