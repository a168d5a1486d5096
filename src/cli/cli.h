/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* What every command gets: settings, where to print, how to stop. One is made for each run. */

#include "cli/os/trace.h"
#include "cli/parse/opt.h"
#include "cli/parse/settings.h"
#include "cli/show/output.h"
#include "cli/show/progress.h"
#include "cli/show/report.h"
#include "espbak/events.h"
#include "espbak/session.h"

typedef struct cli_command cli_command;

typedef struct cli {
    settings_options global; /* as given */
    settings set;            /* as they came out */
    output out;
    report messages;
    progress bar;
    trace trace;
    espbak_events events; /* to messages, bar and trace */
    espbak_cancel *cancel;
    const cli_command *command;
    void *options;      /* the command's own option values */
    const char **words; /* the command's arguments, the command's name left out */
    int word_count;
    char port[256]; /* the port that was picked */
    int argc;       /* as the program was called, to say how to call it again */
    char **argv;
} cli;

enum { CLI_ALIASES_MAX = 3, CLI_ANY_NUMBER = 10000 };

/* One row of the command table. */
struct cli_command {
    const char *name;
    const char *aliases[CLI_ALIASES_MAX]; /* other names that are understood; NULL where unused */
    const char *arguments;                /* "OFFSET SIZE|ALL FILE", empty when there are none */
    const char *summary;                  /* one line of espbak --help */
    const char *description;              /* paragraphs of espbak help COMMAND */
    const opt_spec *options;
    size_t option_count;
    size_t options_size;  /* of the struct the options are stored in */
    size_t folder_offset; /* where in it backup's -o is, or CLI_NO_FOLDER */
    int min_words, max_words;
    espbak_status (*run)(cli *c, espbak_error *err);
};

#define CLI_NO_FOLDER SIZE_MAX

/* Run the program; the return value is its exit code. */
int cli_main(int argc, char **argv);

/* Session options of this run: settings, events, cancel, and a port that was looked for if none was named. */
ESPBAK_MUST_USE espbak_status cli_session(cli *c, espbak_session_options *options, espbak_error *err);

/* Ask on the terminal; ESPBAK_E_REFUSED when the answer is no or nobody can answer, ESPBAK_OK with --yes. */
ESPBAK_MUST_USE espbak_status cli_confirm(cli *c, const char *question, espbak_error *err);

#endif
