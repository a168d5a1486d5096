/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

/* The global options, and what they become together with the environment and the defaults. */

#include "cli/parse/config.h"
#include "cli/parse/opt.h"
#include "espbak/chip.h"
#include "espbak/events.h"
#include "espbak/session.h"

typedef enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_when;
typedef enum progress_when {
    PROGRESS_WHEN_AUTO,
    PROGRESS_WHEN_BAR,
    PROGRESS_WHEN_JSON,
    PROGRESS_WHEN_OFF
} progress_when;

/* Words for a size of the flash. */
typedef enum settings_size { SETTINGS_SIZE_DETECT = 1, SETTINGS_SIZE_KEEP } settings_size;

/* As given on the command line. */
typedef struct settings_options {
    const char *chip, *baud, *reset_sequence, *stub, *loader, *trace;
    opt_texts ports;
    opt_number connect_attempts, flash_size, jobs;
    int before, after, progress, color;
    unsigned verbose;
    bool all_ports, yes, no_stub, json, quiet, version, help;
} settings_options;

const opt_spec *settings_specs(size_t *count);

/* What a global option is about, so that a command can say which it does not heed. */
enum {
    SETTINGS_LINE = 1,     /* port, rate, resets */
    SETTINGS_CHIP = 2,     /* which chip it is */
    SETTINGS_LOADER = 4,   /* what works in the chip */
    SETTINGS_YES = 8,      /* questions */
    SETTINGS_SEVERAL = 16, /* of devices at the same time */
    SETTINGS_TALK = 32,    /* what is said, and how: every command heeds it */
    SETTINGS_OF_DEVICE = SETTINGS_LINE | SETTINGS_CHIP | SETTINGS_LOADER,
};
unsigned settings_group(const opt_spec *spec);

/* Where a value comes from. */
typedef struct settings_source {
    const char *name;  /* "port" */
    const char *value; /* as written, or what stands for the default */
    const char *from;  /* "--port", "ESPBAK_PORT", a file, "default" */
    const char *path;  /* value when one was given, NULL for the default */
} settings_source;

typedef enum settings_name {
    SETTING_PORT,
    SETTING_CHIP,
    SETTING_BAUD,
    SETTING_STUB,
    SETTING_LOADER,
    SETTING_FOLDER,
    SETTING_COUNT,
} settings_name;

/* Not to be copied. */
typedef struct settings {
    const char *port;          /* NULL: look for one */
    const espbak_chip *chip;   /* NULL: detect */
    uint64_t board_flash_size; /* of a profile; 0: any */
    uint32_t baud;             /* 0: it finds itself */
    char rates[1024];          /* the file that remembers them, empty for none */
    char found_port[256];      /* one that was looked for; `port` may point here */
    bool no_stub;              /* work with the loader in the ROM alone */
    bool stub_wanted;          /* by an option, not by the environment */
    const char *stub;          /* NULL: built in, or what is installed */
    espbak_own_loader_use own_loader;
    const char *folder; /* where backups are kept */
    settings_source sources[SETTING_COUNT];
} settings;

typedef const char *(*settings_env)(const char *name);

/* What files of settings may say. */
const config_key *settings_keys(void);

/*
 * Flags over ESPBAK_* over ESPTOOL_* over files over defaults. `folder` is backup's -o, or NULL. The files must outlive
 * the settings.
 */
ESPBAK_MUST_USE espbak_status settings_resolve(settings *out, const settings_options *options, const char *folder,
                                               settings_env env, const config *files, espbak_error *err);

/* What a session takes from the settings; port, events and cancel are the caller's. */
void settings_session(espbak_session_options *out, const settings *set, const settings_options *options);

#endif
