/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

/* Devices, hashes and figures as several commands show them. */

#include "cli/show/output.h"
#include "cli/show/text.h"
#include "espbak/ops.h"

/* "ESP32-S3 (QFN56) v0.2, MAC 98:f4:…"; chip NULL gives "not known". */
const char *render_device_line(char out[160], const espbak_device_info *device);

/* Everything `info` knows. */
void render_device(output *out, const espbak_device_info *device);
void render_device_json(cJSON *root, const espbak_device_info *device);

/* Chip, MAC and port, for results of other commands. */
void render_device_brief_json(cJSON *root, const espbak_device_info *device);

/* "16 MiB in 3 min 12 s, 85.2 KiB/s (698 kbit/s)". */
const char *render_speed(char out[128], const espbak_job_stats *stats);
void render_stats_json(cJSON *root, const espbak_job_stats *stats);

void render_hashes(output *out, const uint8_t sha256[32], const uint8_t md5[16]);

const char *render_state_name(espbak_backup_state state);

#endif
