/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_ACTIVATION_H
#define OPS_ACTIVATION_H

/* Making an application the one that boots: what its device's otadata will say. */

#include "espbak/contents.h"
#include "espbak/session.h"

/* Starts as {0}. */
typedef struct activation {
    uint8_t otadata[ESPBAK_OTADATA_SIZE];
    uint64_t offset; /* of otadata in the flash */
    bool changed[2]; /* its sectors */
} activation;

/*
 * Work out what otadata has to say, from what it says now. ESPBAK_E_USAGE where the table has none, ESPBAK_E_REFUSED
 * where the flash is encrypted.
 */
ESPBAK_MUST_USE espbak_status activation_prepare(activation *a, espbak_session *session, const espbak_contents *device,
                                                 const espbak_partition *app, espbak_error *err);

/* Its bytes by their place in the flash; an espbak_flash_source. */
espbak_status activation_supply(void *a, uint64_t offset, uint8_t *data, size_t size, espbak_error *err);

#endif
