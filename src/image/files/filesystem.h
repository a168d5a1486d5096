/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_FILESYSTEM_H
#define IMAGE_FILESYSTEM_H

/* What the file systems share: the range of the flash that they see, and the list that they fill. */

#include "espbak/files.h"
#include "image/files/window.h"

typedef struct filesystem {
    /* *found says whether it is one; volume->state then is what `close` gets. */
    espbak_status (*open)(espbak_volume *volume, bool *found, espbak_error *err);
    /* Adds what is in a folder, whose path is empty for the root. */
    espbak_status (*list)(espbak_volume *volume, const espbak_file *folder, espbak_file_list *out, espbak_error *err);
    espbak_status (*read)(espbak_volume *volume, const espbak_file *entry, espbak_file_sink sink, void *user,
                          espbak_error *err);
    void (*close)(espbak_volume *volume);
    /* Notes what devices keep of the file system besides what is read here; NULL: nothing. */
    void (*keep)(espbak_volume *volume);
} filesystem;

struct espbak_volume {
    window bytes;
    espbak_findings *findings; /* borrowed; may be NULL */
    const filesystem *kind;
    void *state; /* the file system's own */
    unsigned code_page;
    espbak_volume_info info;
    /* Of what the sink gets of a file: where in the range it is, and how much of its last sector is left behind it. */
    bool placed;
    uint64_t place;
    size_t slack;
};

#ifdef ESPBAK_FILES
extern const filesystem filesystem_littlefs, filesystem_fat;
#endif
extern const filesystem filesystem_spiffs;

/* Append a copy of `entry` whose path is folder/name. What does not fit is counted as left out. */
ESPBAK_MUST_USE espbak_status file_list_add(espbak_file_list *list, const char *folder, const char *name,
                                            const espbak_file *entry, espbak_error *err);

/* Whether a path can lead to a file of that name. */
bool filesystem_name_ok(const char *name);

/* A finding about a path, made printable and short: "LittleFS: /www cannot be read: ...". */
void filesystem_note(const espbak_volume *volume, espbak_severity severity, const char *path, const char *what);

/* Why not all of a file can be had: the reader's error if it had one, else what is damaged. */
espbak_status filesystem_fail(const espbak_volume *volume, const espbak_file *entry, const char *why,
                              espbak_error *err);

#endif
