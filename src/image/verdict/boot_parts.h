/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_PARTS_H
#define BOOT_PARTS_H

#include "espbak/boot.h"

/* Verdict and reason from what is in the report already. */
ESPBAK_MUST_USE espbak_status boot_judge(const espbak_boot_question *question, espbak_boot_report *report,
                                         espbak_error *err);

/* Fill a report for an ESP8266, verdict included. */
ESPBAK_MUST_USE espbak_status boot_examine_esp8266(const espbak_boot_question *question, espbak_boot_report *report,
                                                   espbak_error *err);

/* Set verdict and reason. */
void boot_answer(espbak_boot_report *report, espbak_boot_verdict verdict, const char *fmt, ...) ESPBAK_PRINTF(3, 4);

/* Find the bootloader, the table and the applications it names. */
ESPBAK_MUST_USE espbak_status boot_collect_bootloader(const espbak_boot_question *question, espbak_boot_report *report,
                                                      espbak_error *err);
ESPBAK_MUST_USE espbak_status boot_collect_table(const espbak_boot_question *question, espbak_boot_report *report,
                                                 espbak_error *err);
ESPBAK_MUST_USE espbak_status boot_collect_apps(const espbak_boot_question *question, espbak_boot_report *report,
                                                espbak_error *err);

/* Ciphertext says nothing; a table from a file still names the slots. */
ESPBAK_MUST_USE espbak_status boot_name_apps(espbak_boot_report *report, espbak_error *err);

#endif
