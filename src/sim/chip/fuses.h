/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_FUSES_H
#define SIM_FUSES_H

/* Where each chip keeps MAC, revision and security state in its eFuses. */

#include "sim/chip/chips.h"

extern const sim_fuse_field sim_fuses_esp8266[];
extern const sim_fuse_field sim_fuses_esp32[];
extern const sim_fuse_field sim_fuses_esp32s2[];
extern const sim_fuse_field sim_fuses_esp32s3[];
extern const sim_fuse_field sim_fuses_esp32c2[];
extern const sim_fuse_field sim_fuses_esp32c3[];
extern const sim_fuse_field sim_fuses_esp32c5[];
extern const sim_fuse_field sim_fuses_esp32c6[];
extern const sim_fuse_field sim_fuses_esp32c61[];
extern const sim_fuse_field sim_fuses_esp32h2[];
extern const sim_fuse_field sim_fuses_esp32h21[];
extern const sim_fuse_field sim_fuses_esp32h4[];
extern const sim_fuse_field sim_fuses_esp32p4[];
extern const sim_fuse_field sim_fuses_esp32s31[];
extern const sim_fuse_field sim_fuses_esp32e22[];

#endif
