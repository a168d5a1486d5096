/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_CONTENTS_H
#define CLI_RENDER_CONTENTS_H

/* Bootloader, partition table and applications, as info, inspect and backup-partitions show them. */

#include "cli/show/output.h"
#include "cli/show/text.h"
#include "espbak/contents.h"

void render_contents(output *out, const espbak_contents *contents);
void render_contents_json(cJSON *root, const espbak_contents *contents);

enum { RENDER_APP_MAX = 128 };

/* "weather 1.2.3 (ESP-IDF v5.4.1), boots"; empty for an entry that is no app. */
const char *render_app(char out[RENDER_APP_MAX], const espbak_contents *contents, const espbak_partition *entry);

/* "yes", "no" or "unknown", and why. */
void render_boot(output *out, const espbak_boot_report *boot);
/* Those that were there to be looked at. */
void render_apps_json(cJSON *root, const espbak_contents *contents);
void render_boot_json(cJSON *root, const espbak_boot_report *boot);

#endif
