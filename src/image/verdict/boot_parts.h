/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_PARTS_H
#define BOOT_PARTS_H

#include "espbak/boot.h"
#include "image/verdict/boot_reasons.h"
#include "image/verdict/boot_segments.h"
#include "image/verdict/boot_version.h"

/* What this bootloader goes by. */
typedef struct boot_rules {
    unsigned version;        /* of ESP-IDF, as boot_version_parse has it; 0: not known */
    uint64_t flash_size;     /* by its header */
    bool flash_size_doubted; /* older ones read 2 MB there */
    bool asserts;            /* it stops where an assertion fails; false: perhaps */
    boot_memory memory;
} boot_rules;

boot_rules boot_rules_of(const espbak_boot_question *question, const espbak_boot_report *report);

/* Verdict and reason from what is in the report already. */
ESPBAK_MUST_USE espbak_status boot_judge(const espbak_boot_question *question, espbak_boot_report *report,
                                         espbak_error *err);

/* Fill a report for an ESP8266, verdict included. */
ESPBAK_MUST_USE espbak_status boot_examine_esp8266(const espbak_boot_question *question, espbak_boot_report *report,
                                                   espbak_error *err);

/* How closely the image at `offset` is looked at. */
espbak_image_depth boot_depth(const espbak_boot_question *question, uint64_t offset);

/* Whether a table begins at `offset`. */
ESPBAK_MUST_USE espbak_status boot_table_begins(const espbak_image_reader *reader, uint64_t offset, bool *found,
                                                espbak_error *err);

/* Find the bootloader, the table and the applications it names. */
ESPBAK_MUST_USE espbak_status boot_collect_bootloader(const espbak_boot_question *question, espbak_boot_report *report,
                                                      espbak_error *err);
ESPBAK_MUST_USE espbak_status boot_collect_table(const espbak_boot_question *question, espbak_boot_report *report,
                                                 espbak_error *err);
ESPBAK_MUST_USE espbak_status boot_collect_apps(const espbak_boot_question *question, espbak_boot_report *report,
                                                espbak_error *err);

/* Whether the bootloader would load what is in a slot, and why not. */
void boot_judge_slot(const espbak_boot_question *question, const boot_rules *rules, espbak_boot_app *app);

/* Writes what is wrong with a slot, `given` being the text that the reason wants, if any; always false. */
bool boot_refuse_slot(espbak_boot_app *app, boot_cause cause, const char *given);

/* Whether the bootloader gets any further with an application that it has loaded. Where not, the slot says why. */
bool boot_can_start(const boot_rules *rules, espbak_boot_app *app);

/* A condition and a finding where that depends on how the bootloader was built. */
void boot_allow_for_assertions(const boot_rules *rules, const espbak_boot_app *app, espbak_boot_report *report);

/* The lowest revision that a bootloader of a version reads out of a header. */
unsigned boot_min_revision(const espbak_image_header *header, unsigned version);

/* What a "yes" depends on that the flash does not say. */
void boot_add_conditions(const espbak_boot_question *question, const boot_rules *rules, const espbak_image *bootloader,
                         const espbak_boot_app *app, char out[ESPBAK_BOOT_CONDITION_MAX]);

/* Ciphertext says nothing; a table from a file still names the slots. */
ESPBAK_MUST_USE espbak_status boot_name_apps(espbak_boot_report *report, espbak_error *err);

#endif
