/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chip/chip.h"
#include "sim/options.h"
#include "sim/server/server.h"

enum { EXIT_USAGE = 2, EXIT_PORT = 3, EXIT_FILE = 8 };

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
    stop_requested = 1;
}

static void print_help(void)
{
    size_t count;
    const sim_chip *const *chips = sim_chips(&count);
    printf("usage: espsim --chip CHIP --listen tcp:PORT|rfc2217:PORT|pty:LINK [options]\n\n"
           "A simulated Espressif chip with its flash, at the other end of a serial line.\n\n"
           "  --chip CHIP            one of");
    for (size_t i = 0, column = 31; i < count; i++) {
        if (column + strlen(chips[i]->name) > 77) {
            printf("\n%25s", "");
            column = 25;
        }
        printf(" %s", chips[i]->name);
        column += strlen(chips[i]->name) + 1;
    }
    printf("\n  --listen WHERE         tcp:PORT, rfc2217:PORT or pty:LINK; HOST:PORT to be\n"
           "                         seen from elsewhere, port 0 to have one picked\n"
           "  --control unix:PATH    a socket for what a pty cannot carry; a line of text\n"
           "                         each: dtr 0|1, rts 0|1, lines D R, baud N, power,\n"
           "                         state, overflows; answered ok or error\n");
    sim_options_help(stdout);
    printf("\nPrints \"espsim: listening on WHERE\" when clients can come, and serves one after\n"
           "another until it is interrupted.\n");
}

static void ready(void *user, const char *where)
{
    (void)user;
    printf("espsim: listening on %s\n", where);
    fflush(stdout);
}

typedef struct arguments {
    sim_options options;
    const char *listen, *control;
    bool help;
} arguments;

/* The value of argument `*index`: behind its "=", or the next one. */
static const char *value_of(int argc, char **argv, int *index, char *equals)
{
    if (equals != NULL)
        return equals + 1;
    return *index + 1 < argc ? argv[++*index] : NULL;
}

static espbak_status take_argument(arguments *a, int argc, char **argv, int *index, bool chip_pass, espbak_error *err)
{
    char name[64];
    const char *word = argv[*index];
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        a->help = true;
        return ESPBAK_OK;
    }
    if (strncmp(word, "--", 2) != 0)
        return espbak_fail(err, ESPBAK_E_USAGE, "what is \"%s\"? options begin with --", word);
    char *equals = strchr(argv[*index], '=');
    snprintf(name, sizeof(name), "%.*s", (int)(equals != NULL ? equals - word : (long)strlen(word)) - 2, word + 2);
    if (strcmp(name, "chip") == 0) {
        const char *value = value_of(argc, argv, index, equals);
        if (value == NULL || sim_chip_by_name(value) == NULL)
            return espbak_fail(err, ESPBAK_E_USAGE, "there is no chip \"%s\"", value != NULL ? value : "");
        if (chip_pass)
            a->options.chip.chip = sim_chip_by_name(value);
        return ESPBAK_OK;
    }
    const bool own = strcmp(name, "listen") == 0 || strcmp(name, "control") == 0;
    const char *value =
        own || sim_option_takes_value(name) || equals != NULL ? value_of(argc, argv, index, equals) : NULL;
    if (chip_pass)
        return ESPBAK_OK;
    if (!own)
        return sim_options_set(&a->options, name, value, err);
    if (value == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--%s needs a value", name);
    *(name[0] == 'l' ? &a->listen : &a->control) = value;
    return ESPBAK_OK;
}

/* Twice over: the chip first, since the other options are about it. */
static espbak_status parse(arguments *a, int argc, char **argv, espbak_error *err)
{
    memset(a, 0, sizeof(*a));
    sim_options_init(&a->options, NULL);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 1; i < argc && !a->help; i++) {
            const espbak_status status = take_argument(a, argc, argv, &i, pass == 0, err);
            if (status != ESPBAK_OK)
                return status;
        }
    }
    if (a->help)
        return ESPBAK_OK;
    if (a->options.chip.chip == NULL || a->listen == NULL)
        return espbak_fail(err, ESPBAK_E_USAGE, "--chip and --listen are needed; --help tells more");
    return sim_options_finish(&a->options, err);
}

static int exit_code(espbak_status status)
{
    switch (status) {
    case ESPBAK_OK:
        return 0;
    case ESPBAK_E_USAGE:
        return EXIT_USAGE;
    case ESPBAK_E_PORT:
        return EXIT_PORT;
    case ESPBAK_E_FILE:
        return EXIT_FILE;
    default:
        return 1;
    }
}

int main(int argc, char **argv)
{
    espbak_error err = {0};
    arguments a;
    espbak_status status = parse(&a, argc, argv, &err);
    if (status == ESPBAK_OK && a.help) {
        print_help();
        return 0;
    }
    if (status == ESPBAK_OK) {
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        const sim_server_setup setup = {
            .listen = a.listen, .control = a.control, .stop = &stop_requested, .ready = ready};
        status = sim_server_run(&a.options, &setup, &err);
    }
    if (status != ESPBAK_OK)
        fprintf(stderr, "espsim: %s\n", err.message);
    return exit_code(status);
}
