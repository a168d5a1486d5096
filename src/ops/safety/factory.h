/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_FACTORY_H
#define OPS_FACTORY_H

/*
 * Factory data: what a maker put on one single device, such as keys and calibration, and what no
 * other device's backup can give back.
 */

#include "espbak/contents.h"
#include "espbak/session.h"
#include "ops/pieces/piece.h"

enum { FACTORY_MAX = ESPBAK_PARTITIONS_MAX, FACTORY_LABELS_MAX = 256 };

/* What is to be written, where to, and what is known of both. */
typedef struct factory_check {
    espbak_session *session;
    const espbak_events *events;
    const espbak_table_source *table; /* of the device; its file is not believed here */
    const espbak_contents *known;     /* what is to be written, whose table counts where the device has none */
    const piece_list *pieces;
    bool own;   /* it is this very device's: everything may be written */
    bool force; /* warn instead */
} factory_check;

/* Factory data on the device that would be lost. */
typedef struct factory_list {
    espbak_partition items[FACTORY_MAX];
    size_t count;
    bool by_name; /* the device's own table has their names */
} factory_list;

/*
 * Find it: by the device's table; where there is none, as a restore that was interrupted while it wrote the table
 * leaves behind, by the table in what is to be written, by the profile, and by what stands in the flash. What is
 * erased, or will be the same afterwards, is not lost.
 */
ESPBAK_MUST_USE espbak_status factory_find(const factory_check *check, factory_list *found, espbak_error *err);

/* Whether the pieces change a place that is not erased, and leave something else there. */
bool factory_loses(const factory_check *check, const espbak_partition *entry);

/* ESPBAK_E_REFUSED where anything would be lost, unless forced. */
ESPBAK_MUST_USE espbak_status factory_refuse(const factory_check *check, espbak_error *err);

/*
 * Copy the pieces to `out` without the factory data of the attached device; `kept` then names what was left out, and
 * is empty otherwise. ESPBAK_E_REFUSED where `known` has something else in that place, unless forced.
 */
ESPBAK_MUST_USE espbak_status factory_spare(const factory_check *check, piece_list *out, char kept[FACTORY_LABELS_MAX],
                                            espbak_error *err);

#endif
