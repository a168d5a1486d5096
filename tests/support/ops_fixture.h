/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_OPS_FIXTURE_H
#define TESTS_OPS_FIXTURE_H

/* Whole jobs against simulated chips, whose flash is a file of the fixture. */

#include <stddef.h>
#include <stdint.h>

#include "espbak/ops.h"
#include "espbak/restore.h"
#include "support/backup_fixture.h"

enum { FLASH_SIZE = 256 * 1024, BOOT_SECTOR = 0x1000, SECTOR = 4096 };

typedef struct job_log {
    char text[8192];
    char phases[256]; /* each new one, in order */
    espbak_events events;
    espbak_cancel cancel;
    const char *cancel_in; /* a phase that is to be interrupted */
    uint64_t cancel_from;  /* once so many bytes are done */
} job_log;

job_log *new_log(void);

espbak_session_options session_of(char url[256], job_log *log, const fixture *fix, const char *name, const char *more);

/* A flash in which every sector is different, by `seed` too. */
void make_flash(const fixture *fix, const char *name, unsigned seed);

void change_flash(const fixture *fix, const char *name, size_t at);

void backup_flash(fixture *fix, const char *name, espbak_backup_result *result);

espbak_status restore(fixture *fix, const char *backup, const char *flash, const char *more, job_log *log,
                      espbak_restore_result *result);

#endif
