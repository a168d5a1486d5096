/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_BACKUP_H
#define CLI_RENDER_BACKUP_H

/* The result of a backup, of the whole flash or of parts of it. */

#include "cli/show/render.h"

/* What is in a backup: the app that boots, and whether it will. */
void render_backup_contents(output *out, const espbak_boot_report *boot);
void render_backup_contents_json(cJSON *root, const espbak_backup_result *result);

void render_backup(output *out, const espbak_backup_result *result);
void render_backup_json(cJSON *root, const espbak_backup_result *result);

#endif
