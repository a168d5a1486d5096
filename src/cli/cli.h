/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* What every command gets: settings, where to print, how to stop. One is made for each run. */

#include "cli/parse/command.h"
#include "cli/parse/settings.h"
#include "cli/show/observe.h"
#include "cli/show/output.h"
#include "cli/show/report.h"
#include "espbak/session.h"

/* Where the work on one of several devices gets its results to; what is printed is shared. */
typedef struct cli_seat {
    FILE *result;
    const shared *with;
    espbak_cancel *cancel;
    cJSON *document; /* with --json, left by the run; owned by whoever made the seat */
} cli_seat;

typedef struct cli {
    settings_options global; /* as given */
    settings set;            /* as they came out */
    config files;            /* of settings */
    output out;
    observer watch;
    espbak_cancel *cancel;
    const cli_command *const *commands; /* all there are */
    size_t command_count;
    const cli_command *command;
    void *options;      /* the command's own option values */
    const char **words; /* the command's arguments, the command's name left out */
    int word_count;
    int command_at;  /* where its name stands in argv */
    char *temporary; /* a folder that is removed at the end; NULL: none */
    report_advice advice;
    bool written; /* the device holds what was asked for, whatever becomes of the output */
    int (*run_at)(cli_seat *seat, int argc, char **argv); /* the program for one of several devices, on a thread of its
                                                             own; the vector names its port and no other */
    int worst;                                            /* exit code of the devices, where there were several */
    cli_seat *seat;                                       /* of one of several devices; NULL: alone */
    int argc;                                             /* as the program was called, to say how to call it again */
    char **argv;
} cli;

/* Run the program; the return value is its exit code. */
int cli_main(int argc, char **argv);

/* Session options of this run: settings, events, cancel, and a port that was looked for if none was named. */
ESPBAK_MUST_USE espbak_status cli_session(cli *c, espbak_session_options *options, espbak_error *err);

/* Ask on the terminal; ESPBAK_E_REFUSED when the answer is no or nobody can answer, ESPBAK_OK with --yes. */
ESPBAK_MUST_USE espbak_status cli_confirm(cli *c, const char *question, espbak_error *err);

#endif
