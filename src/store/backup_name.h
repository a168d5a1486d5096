/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BACKUP_NAME_H
#define STORE_BACKUP_NAME_H

/* Where a new backup goes. Making the .partial folder is what takes a name: one process only can. */

#include "espbak/manifest.h"

extern const char backup_partial_suffix[];

typedef struct backup_place {
    char *final;   /**< the path once sealed */
    char *partial; /**< the same with .partial */
} backup_place;

/** Find a free name (or take `name`) in an existing `folder` and make its .partial. */
ESPBAK_MUST_USE espbak_status backup_place_claim(backup_place *place, const char *folder, const char *name,
                                                 const espbak_manifest *manifest, espbak_error *err);
void backup_place_free(backup_place *place);

/** `path` with `suffix` behind it, allocated. */
char *backup_path_with(const char *path, const char *suffix);
/** Whether a name or path ends with .partial. */
bool backup_is_partial_name(const char *path);

#endif
