/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_VITAL_H
#define OPS_VITAL_H

/* What a device starts from, as a backup has it. */

#include "ops/content/backup_parts.h"

enum { VITAL_TEXT_MAX = 128 };

/* The chip of the first image for a known one that begins a sector, where the manifest does not tell it; else NULL. */
const espbak_chip *vital_chip(const backup_parts *parts);

/*
 * What the device starts from and the backup has a hole in, as words: bootloader, table, otadata, the application that
 * boots; of the wanted parts only where `named`. NULL where nothing is missing.
 */
const char *vital_missing(const backup_parts *parts, bool named, const espbak_device_info *device,
                          char text[VITAL_TEXT_MAX]);

#endif
