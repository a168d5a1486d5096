/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EXPORT_REDACT_H
#define OPS_EXPORT_REDACT_H

/* What is blanked of a flash on its way out: a list of places with what they become, and a reader through it. */

#include "ops/export/job.h"

typedef struct redact_patch {
    uint64_t offset, size;
    uint8_t *bytes; /* owned; NULL: all become `fill` */
    uint8_t fill;
} redact_patch;

typedef struct redaction {
    export_job *job;
    espbak_image_reader flash; /* as it is */
    redact_patch *patches;     /* the later one wins */
    size_t count, capacity;
    size_t secrets; /* of the range that is looked at: how many, and where the first one is */
    uint64_t first_secret;
    uint64_t patterns_used; /* a bit for each pattern of files that has meant one */
} redaction;

/* The job's reader is from now on one through it; NULL: out of memory. */
redaction *redact_new(export_job *job);
/* NULL is allowed. */
void redact_free(redaction *r);

/* ---- redact.c ---- */

/* Find what is to be blanked. ESPBAK_E_REFUSED where that cannot be told, or something would be left. */
ESPBAK_MUST_USE espbak_status redact_flash(redaction *r, espbak_error *err);

/* All of a range becomes `fill`. */
ESPBAK_MUST_USE espbak_status redact_fill(redaction *r, uint64_t offset, uint64_t size, uint8_t fill,
                                          espbak_error *err);
/* A range becomes a copy of these bytes. */
ESPBAK_MUST_USE espbak_status redact_replace(redaction *r, uint64_t offset, const uint8_t *bytes, size_t size,
                                             espbak_error *err);
/* Note in the result what was blanked; `count` of it, 0 where nothing is counted. */
ESPBAK_MUST_USE espbak_status redact_note(redaction *r, const char *name, uint64_t offset, uint64_t size,
                                          const char *what, size_t count, espbak_error *err);

/* ---- redact_files.c ---- */

/* ESPBAK_E_USAGE for a pattern that is none; once `ended`, ESPBAK_E_FILE for one that has meant nothing. */
ESPBAK_MUST_USE espbak_status redact_files_check(const redaction *r, bool ended, espbak_error *err);
/* Whether a pattern may mean files of a partition. */
bool redact_files_meant(const redaction *r, const char *name);
/* Blank the files that are meant in a file system. ESPBAK_E_REFUSED where the others would not stay what they are. */
ESPBAK_MUST_USE espbak_status redact_files(redaction *r, const char *name, uint64_t offset, uint64_t size,
                                           espbak_error *err);

/* ---- redact_secrets.c: certificates and keys in what has no format of its own ---- */

/* Blank PEM and DER of [offset, offset + size), and count them. */
ESPBAK_MUST_USE espbak_status redact_secrets(redaction *r, uint64_t offset, uint64_t size, size_t *count,
                                             espbak_error *err);
/* Count private keys in PEM in what is left, and say where the first one is. */
ESPBAK_MUST_USE espbak_status redact_find_keys(redaction *r, uint64_t offset, uint64_t size, size_t *count,
                                               uint64_t *first, espbak_error *err);

#endif
