/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_MANIFEST_CHECK_H
#define STORE_MANIFEST_CHECK_H

#include "espbak/manifest.h"

/**
 * Whether `name` may be a data file of a backup on any system: letters, digits and . _ + - only, not
 * beginning with a dot, not one of the backup's own files, not a Windows device.
 */
bool manifest_file_name_ok(const char *name);

/** The same for the name of a backup folder; .partial is kept for unfinished ones. */
bool manifest_folder_name_ok(const char *name);

/** Exactly the form of "2026-11-22T10:15:00Z", a day and time that may be. */
bool manifest_time_ok(const char *text);

/** Bounds, overlaps, holes, names, state: all that a field alone cannot tell. ESPBAK_E_FILE. */
ESPBAK_MUST_USE espbak_status manifest_check(const espbak_manifest *manifest, espbak_error *err);

#endif
