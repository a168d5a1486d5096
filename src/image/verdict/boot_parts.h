/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_PARTS_H
#define BOOT_PARTS_H

#include "espbak/boot.h"

/* Whether the sector at `offset` is erased, or as even as ciphertext is. */
typedef struct boot_sector_look {
    bool erased;
    bool random;
} boot_sector_look;

ESPBAK_MUST_USE espbak_status boot_look_at_sector(const espbak_image_reader *reader, uint64_t offset,
                                                  boot_sector_look *look, espbak_error *err);

/* Verdict and reason from what is in the report already. */
ESPBAK_MUST_USE espbak_status boot_judge(const espbak_boot_question *question, espbak_boot_report *report,
                                         espbak_error *err);

/* Fill a report for an ESP8266, verdict included. */
ESPBAK_MUST_USE espbak_status boot_examine_esp8266(const espbak_boot_question *question, espbak_boot_report *report,
                                                   espbak_error *err);

/* Set verdict and reason. */
void boot_answer(espbak_boot_report *report, espbak_boot_verdict verdict, const char *fmt, ...) ESPBAK_PRINTF(3, 4);

/* Find the table and the applications it names. */
ESPBAK_MUST_USE espbak_status boot_collect_table(const espbak_boot_question *question, espbak_boot_report *report,
                                                 espbak_error *err);
ESPBAK_MUST_USE espbak_status boot_collect_apps(const espbak_boot_question *question, espbak_boot_report *report,
                                                espbak_error *err);

#endif
