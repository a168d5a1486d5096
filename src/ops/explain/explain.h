/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_EXPLAIN_H
#define OPS_EXPLAIN_H

/* What is on a flash: the parsers of src/image put to work on a device, a backup or a dump. */

#include "espbak/contents.h"
#include "espbak/events.h"

typedef struct explain_options {
    const espbak_image_reader *reader; /* the whole flash */
    const espbak_chip *chip;           /* NULL: by the bootloader */
    bool revision_known;
    unsigned revision;
    const espbak_security *security; /* NULL: nothing is known of it */
    espbak_table_source table;
    const espbak_partition_table *known; /* NULL: look for it */
    bool part;                           /* not all of the flash is there: the reader's size says nothing of it */
    bool outline;                        /* reading takes time: headers and descriptions only, and no verdict */
    bool (*reads)(const void *user, uint64_t offset); /* as in espbak_boot_question: a verdict by headers */
    const void *reads_user;
} explain_options;

/*
 * What is damaged becomes a finding. Errors are those of the reader and of the table's file. A table
 * is looked for everywhere only where a bootloader stands, since that may cost some seconds. `out` is to be freed
 * afterwards, also after an error.
 */
ESPBAK_MUST_USE espbak_status explain_flash(espbak_contents *out, const explain_options *options, espbak_error *err);

/* The chip whose bootloader stands where that chip wants it; *chip NULL when there is none. */
ESPBAK_MUST_USE espbak_status explain_chip(const espbak_image_reader *reader, const espbak_chip **chip,
                                           espbak_error *err);

/* As espbak_boot_examine_alone. *chip is the one that the file is for, unless `named` is; NULL when it does not say. */
ESPBAK_MUST_USE espbak_status explain_alone(const espbak_image_reader *reader, const espbak_chip *named,
                                            espbak_boot_report *report, const espbak_chip **chip, bool *alone,
                                            espbak_error *err);

/* Free contents that were allocated; NULL is allowed. */
void explain_discard(espbak_contents *contents);

/* Warn of what was found damaged. */
void explain_warn(const espbak_contents *contents, const espbak_events *events);

#endif
