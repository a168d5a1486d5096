/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_FLASH_VIEW_H
#define OPS_FLASH_VIEW_H

/* A flash to look into, in files or on a device, and the file systems in it. */

#include "espbak/inspect.h"
#include "ops/content/flash_reader.h"
#include "ops/content/source.h"

/* Name of a partition that is a file of its own. */
#define FLASH_VIEW_ALONE "file"

typedef struct flash_view {
    const espbak_files_source *from;
    flash_source source;     /* all zero for a device */
    espbak_session *session; /* NULL for files */
    espbak_session_options quiet;
    flash_reader *cache; /* these two: of a device */
    espbak_contents *on_device;
    espbak_image_reader reader;
    const espbak_contents *contents;
} flash_view;

/* A range that may hold a file system. */
typedef struct flash_range {
    char name[ESPBAK_REGION_NAME_MAX];
    uint64_t offset, size;
    bool nvs; /* it is a partition of settings, or may be one */
} flash_range;

/* `out` must stay where it is until it is ended, which it must be after an error too. */
ESPBAK_MUST_USE espbak_status flash_view_open(flash_view *out, const espbak_files_source *from, espbak_error *err);
/* `status` and `err` are how the job ends so far; a device is left, and seen to be unchanged. */
ESPBAK_MUST_USE espbak_status flash_view_end(flash_view *view, espbak_status status, espbak_error *err);

/* The partitions that are meant and held: the one that is named, or all of type data. */
ESPBAK_MUST_USE espbak_status flash_view_ranges(flash_view *view, flash_range ranges[ESPBAK_PARTITIONS_MAX],
                                                size_t *count, espbak_error *err);

/* Why there are no files in what is called `name`. */
espbak_status flash_view_fail_none(const flash_view *view, const char *name, const espbak_findings *findings,
                                   espbak_error *err);

#endif
