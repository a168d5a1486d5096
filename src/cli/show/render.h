/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

/* How devices, figures and contents of a flash look, in the results of several commands. */

#include "cli/show/fields.h"
#include "cli/show/text.h"
#include "espbak/ops.h"

/* ---- render_device.c: the device ---- */

/* "ESP32-S3 (QFN56) v0.2, MAC 98:f4:…"; chip NULL gives "not known". */
const char *render_device_line(char out[160], const espbak_device_info *device);

/* Everything `info` knows. */
void render_device(output *out, const espbak_device_info *device);

/* eFuses that are not zero, in a line each, or `none`; all of them, and their blocks, as "efuses" and "efuse_blocks".
 */
void render_efuses(output *out, const espbak_efuses *efuses, const espbak_chip *chip, unsigned revision,
                   const char *none);

/* Those that differ, as "efuses". */
void render_efuse_differences(output *out, const espbak_efuse_difference *list, size_t count);

/* In one line behind `label`; chip, MAC and port as "device". NULL for no line. */
void render_device_brief(output *out, const char *label, const espbak_device_info *device);

/* ---- render_stats.c: what was moved, and what did not have to be ---- */

/* "16 MiB in 3 min 12 s, 85.2 KiB/s (698 kbit/s)". */
const char *render_speed(char out[128], const espbak_job_stats *stats);

/* `speed` behind its label; the figures as "link". NULL for no line. */
void render_link(output *out, const char *speed, const espbak_job_stats *stats);

/* The same, what our own loader compressed, and what was saved, as "compression", "plan" and "saved". */
void render_figures(output *out, const char *speed, const espbak_job_stats *stats, const espbak_savings *saved);

/* By whom the bytes were `moved` ("read" or "written") and confirmed, where that was not one proven program; else
   `usual`. */
const char *render_proof(char out[160], const espbak_witnesses *who, const char *moved, const char *usual);

/* The same for programs, where something was `proven`. */
void render_witnesses(output *out, const espbak_witnesses *who, bool proven);

void render_hashes(output *out, const uint8_t sha256[32], const uint8_t md5[16]);

/* ---- render_backup.c: the result of a backup, of the whole flash or of parts of it ---- */

void render_backup(output *out, const espbak_backup_result *result);

/* What is in it, where that is known: the app that boots, and whether it will. */
void render_backup_contents(output *out, const espbak_backup_result *result);

/* ---- render_contents.c: bootloader, partition table and applications ---- */

void render_contents(output *out, const espbak_contents *contents);

/* Those that were there to be looked at. */
void render_add_apps(cJSON *object, const espbak_contents *contents);

/* "yes", "no" or "unknown", and why; of a report that was made from headers alone, that it was not checked. */
void render_verdict(output *out, const espbak_boot_report *boot);

/* The same of what was kept of a report. */
void render_boot(output *out, espbak_boot_verdict verdict, const char *condition, const char *reason);

/* ---- render_nvs.c: keys of an NVS partition ---- */

/* With `values`, these too; `space` NULL: of all namespaces. Errors are those of reading values. */
ESPBAK_MUST_USE espbak_status render_nvs(output *out, const char *partition, const espbak_nvs *nvs, const char *space,
                                         bool values, espbak_error *err);

/* How an edited backup differs from what it was made of; nothing for one that is not edited. */
void render_edits(output *out, const espbak_manifest_edited *edited);

/* ---- render_nvs_csv.c ---- */

/* As Espressif's nvs_partition_gen takes it; damaged keys are counted. */
ESPBAK_MUST_USE espbak_status render_nvs_csv(output *out, const espbak_nvs *nvs, const char *space, size_t *left_out,
                                             espbak_error *err);

/* ---- render_map.c ---- */

/* A picture of a flash in characters, as wide as the terminal: what is where, and how full it is. */
void render_map(output *out, const espbak_inspection *inspection);

#endif
