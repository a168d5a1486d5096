/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BACKUP_OPTIONS_H
#define CLI_BACKUP_OPTIONS_H

/* The options that the commands which make backups have in common. */

#include "cli/parse/opt.h"
#include "cli/parse/wait_option.h"
#include "espbak/ops.h"

typedef struct backup_options {
    const char *folder, *name, *note;
    const char *base, *store;
    bool full, resume, allow_unreadable, no_verify;
    opt_number wait;
} backup_options;

/* Rows for a struct that has a backup_options as its `member`. */
/* clang-format off */
#define BACKUP_OPTION_ROWS(type, member)                                                                               \
    {"output", 'o', OPT_TEXT, "DIR",                                                                                   \
     "folder that gets the backup's folder; default: ESPBAK_BACKUP_DIR, or backups; -: a tar file to standard output", \
     offsetof(type, member.folder), 0, NULL},                                                                          \
    {"name", 0, OPT_TEXT, "NAME", "of the backup's folder; default: chip, MAC and time",                               \
     offsetof(type, member.name), 0, NULL},                                                                            \
    {"note", 0, OPT_TEXT, "TEXT", "kept in the backup, and shown by list", offsetof(type, member.note), 0, NULL},      \
    {"store", 0, OPT_TEXT, "CMD",                                                                                      \
     "give the finished backup, as a tar file, to a command of the shell; {name}, {mac} and {chip} are put in",        \
     offsetof(type, member.store), 0, NULL},                                                                           \
    {"full", 0, OPT_FLAG, NULL,                                                                                        \
     "read everything, also what the chip's digest proves to be erased or unchanged",                                  \
     offsetof(type, member.full), 0, NULL},                                                                            \
    {"base", 0, OPT_TEXT, "BACKUP",                                                                                    \
     "take what is unchanged from this backup; default: the newest of this device in DIR",                             \
     offsetof(type, member.base), 0, NULL},                                                                            \
    {"resume", 0, OPT_FLAG, NULL,                                                                                      \
     "go on with the newest unfinished backup of this device, or the one with --name",                                 \
     offsetof(type, member.resume), 0, NULL},                                                                          \
    WAIT_OPTION(type, member.wait),                                                                                    \
    {"allow-unreadable", 0, OPT_FLAG, NULL,                                                                            \
     "finish the backup with holes where the flash cannot be read",                                                    \
     offsetof(type, member.allow_unreadable), 0, NULL},                                                                \
    {"no-verify", 0, OPT_FLAG, NULL, "skip the second look at the device; the backup is then called unverified",       \
     offsetof(type, member.no_verify), 0, NULL}
/* clang-format on */

/* The options as the library takes them; session and parts are left empty. */
espbak_backup_options backup_options_job(const backup_options *own, const char *folder);

#endif
