/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_UNFINISHED_H
#define OPS_UNFINISHED_H

/* Unfinished backups of a device in a folder. */

#include "espbak/events.h"
#include "espbak/manifest.h"
#include "espbak/ops.h"

typedef struct unfinished_wanted {
    const char *folder;
    const char *name;              /* of the backup; NULL for any */
    const espbak_manifest *device; /* chip and MAC */
    const char *file;              /* its first data file, by which whole flashes and parts are told apart */
} unfinished_wanted;

/* Path of the newest that fits and can be gone on with, to be freed; NULL when there is none, or the folder cannot be
 * read. */
char *unfinished_seek(const unfinished_wanted *wanted);

/* Tell the user of an unfinished backup that --resume could go on with; NULL for none. */
void unfinished_mention(const char *path, const espbak_events *events);

/* The newest there is, its path to be freed; ESPBAK_E_FILE when there is none. */
ESPBAK_MUST_USE espbak_status unfinished_find(const unfinished_wanted *wanted, char **path, espbak_error *err);

#endif
