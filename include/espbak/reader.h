/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_READER_H
#define ESPBAK_READER_H

/*
 * Where the bytes of a flash come from, and what is found wrong with them. Everything that explains
 * a flash works through a reader, so that a device, a backup and a file are explained by the same code.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "espbak/api.h"
#include "espbak/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where bytes come from: a file, a region of a backup, a device. */
typedef struct espbak_image_reader {
    /** Exactly `size` bytes from `offset`; never asked for more than `size` of this struct allows. */
    espbak_status (*read)(void *ctx, uint64_t offset, void *buffer, size_t size, espbak_error *err);
    void *ctx;
    uint64_t size; /**< bytes there are */
} espbak_image_reader;

/* Findings: what is unusual or wrong, without being a reason to stop. */

typedef enum espbak_severity {
    ESPBAK_FINDING_NOTE,    /**< worth knowing */
    ESPBAK_FINDING_WARNING, /**< unusual, may be meant */
    ESPBAK_FINDING_DAMAGE,  /**< cannot be meant */
} espbak_severity;

enum { ESPBAK_FINDINGS_MAX = 32, ESPBAK_FINDING_TEXT_MAX = 160 };

typedef struct espbak_finding {
    espbak_severity severity;
    char text[ESPBAK_FINDING_TEXT_MAX]; /**< one sentence, printable, no full stop */
} espbak_finding;

/** Starts as {0}; owns its entries. */
typedef struct espbak_findings {
    espbak_finding *entries; /**< the first ESPBAK_FINDINGS_MAX */
    size_t count;
    size_t left_out; /**< how many more there were */
} espbak_findings;

/** Frees the entries; all zero then. */
ESPBAK_API void espbak_findings_free(espbak_findings *findings);

/** Append one; `findings` may be NULL when nobody wants to know. */
ESPBAK_API void espbak_findings_add(espbak_findings *findings, espbak_severity severity, const char *fmt, ...)
    ESPBAK_PRINTF(3, 4);

/** "note", "warning", "damage". Never NULL. */
ESPBAK_API const char *espbak_severity_name(espbak_severity severity);

#ifdef __cplusplus
}
#endif

#endif
