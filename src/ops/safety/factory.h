/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_FACTORY_H
#define OPS_FACTORY_H

/*
 * Factory data: what a maker put on one single device, such as keys and calibration, and what no
 * other device's backup can give back.
 */

#include "espbak/contents.h"
#include "espbak/ops.h"
#include "ops/content/piece.h"

typedef struct factory_check {
    espbak_session *session;
    const espbak_restore_options *options;
    const espbak_manifest *manifest;
    const espbak_contents *backup;
} factory_check;

/*
 * Copy `all` to `out` without the factory data of the attached device, when the backup is not of this
 * device; `kept` then says what was left out, its label is empty otherwise. ESPBAK_E_REFUSED where the
 * backup has something else in that place, unless forced.
 */
ESPBAK_MUST_USE espbak_status factory_spare(const factory_check *guard, piece_list *out, const piece_list *all,
                                            espbak_partition *kept, espbak_error *err);

#endif
