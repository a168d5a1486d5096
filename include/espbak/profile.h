/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_PROFILE_H
#define ESPBAK_PROFILE_H

/*
 * Known boards: how to talk to them, and what on their flash cannot be replaced. A profile is a JSON
 * file; some come with espbak, users add their own. Files are hostile until checked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ESPBAK_PROFILE_PARTS_MAX = 8, ESPBAK_PROFILE_VERSION = 1 };

/** A place that is known even where the partition table does not tell. */
typedef struct espbak_profile_part {
    char name[17];
    char type[16], subtype[16]; /**< as partition tables name them */
    uint64_t offset, size;      /**< bytes in the flash */
} espbak_profile_part;

typedef struct espbak_profile {
    char name[32];       /**< letters, digits and '-' */
    char title[64];      /**< for people */
    char origin[1024];   /**< its file, or "built in" */
    char chip[32];       /**< chip table name */
    uint64_t flash_size; /**< bytes; 0 when it differs */
    uint32_t baud;       /**< 0: the usual */
    bool no_stub;
    bool usb_known; /**< the next four tell its port */
    uint16_t vid, pid;
    int usb_interface;         /**< USB interface of the port that the ESP hangs on; -1 when there is one only */
    char port_description[32]; /**< part of what the driver calls that port; empty when it does not matter */
    espbak_profile_part parts[ESPBAK_PROFILE_PARTS_MAX]; /**< what is to be saved */
    size_t part_count;
} espbak_profile;

/** ESPBAK_E_FILE names what cannot be meant. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_profile_parse(espbak_profile *profile, const char *json, size_t size,
                                                              espbak_error *err);

typedef void (*espbak_profile_note_fn)(void *user, const char *text);
/**
 * All profiles: those in `folder` (NULL or missing: none), then the built-in ones whose name is not
 * taken, sorted by name. Files that cannot be used are told to `note` (may be NULL). Free *profiles with espbak_free.
 */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_profiles_list(const char *folder, espbak_profile **profiles,
                                                              size_t *count, espbak_profile_note_fn note, void *user,
                                                              espbak_error *err);

/** One by its name; ESPBAK_E_USAGE lists the names there are, ESPBAK_E_FILE when its file cannot be used. */
ESPBAK_API ESPBAK_MUST_USE espbak_status espbak_profile_find(espbak_profile *profile, const char *folder,
                                                             const char *name, espbak_error *err);

#ifdef __cplusplus
}
#endif

#endif
