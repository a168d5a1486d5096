/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup that shows how far it is, and that Ctrl-C stops in good order: the chip is reset into its application, and
 * what was read is kept. "resume" as the last argument goes on from there.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <espbak/ops.h>

/* A signal handler gets no argument, so what it sets has to be static. */
static espbak_cancel cancel;

static void on_interrupt(int number)
{
    cancel.requested = 1;
    /* Leaving the chip takes a moment; who presses Ctrl-C again does not want to wait for it. */
    signal(number, SIG_DFL);
}

/* Called a few times a second, on the thread that runs the job: be quick here. */
static void on_progress(void *user, const espbak_progress *progress)
{
    FILE *out = user;
    if (progress->total > 0)
        fprintf(out, "%s %3.0f %%\n", progress->phase, 100.0 * (double)progress->done / (double)progress->total);
}

/* Warnings are for whoever runs the program; what is below them, for a log. */
static void on_log(void *user, espbak_log_level level, const char *text)
{
    FILE *out = user;
    if (level == ESPBAK_LOG_WARNING)
        fprintf(out, "warning: %s\n", text);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s PORT FOLDER [resume]\n", argv[0]);
        return 2;
    }
    const espbak_events events = {.log = on_log, .progress = on_progress, .user = stderr};
    const espbak_backup_options options = {
        .session = {.port = argv[1], .events = &events, .cancel = &cancel},
        .folder = argv[2],
        .resume = argc > 3 && strcmp(argv[3], "resume") == 0,
    };
    espbak_backup_result result;
    espbak_error err = {0};
    signal(SIGINT, on_interrupt);
    const espbak_status status = espbak_backup_run(&options, &result, &err);
    signal(SIGINT, SIG_DFL);
    if (status == ESPBAK_OK)
        printf("%s\n", result.path);
    else if (status == ESPBAK_E_CANCELLED && result.path != NULL)
        fprintf(stderr, "stopped; what was read is in %s\n", result.path);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    espbak_backup_result_free(&result);
    return status == ESPBAK_OK ? 0 : 1;
}
