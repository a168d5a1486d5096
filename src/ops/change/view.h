/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_VIEW_H
#define OPS_VIEW_H

/* What stands on a device, what will, and how that looks as a plan. */

#include "ops/change/overlay.h"
#include "ops/explain/explain.h"
#include "ops/restore/activation.h"

enum { VIEW_PARTS_MAX = ESPBAK_PARTITIONS_MAX + 2 /* bootloader and table */ };

/* What is asked for. */
typedef struct view_wish {
    espbak_session *session;
    const espbak_events *events;
    const espbak_table_source *table; /* of the device */
    bool activate, erase, force;
} view_wish;

/* Large; starts as {0}. Not to be moved once it is filled. */
typedef struct view {
    bool readable; /* false: nothing is known of what stands there */
    overlay reader;
    espbak_contents before, after;
    activation boot;                        /* what otadata will say, with `activate`, */
    char activated[ESPBAK_REGION_NAME_MAX]; /* and the label of what it is about */
    espbak_planned_run *runs;
    espbak_planned_part parts[VIEW_PARTS_MAX];
    espbak_change_plan plan;
} view;

void view_free(view *v);

/* Look at the device. Errors are those of reading and of the table's file. */
ESPBAK_MUST_USE espbak_status view_before(view *v, const view_wish *wish, espbak_error *err);

/*
 * The same with the pieces on it. With `activate` those of otadata are appended, which borrow from the view:
 * ESPBAK_E_USAGE where the pieces are not one application for a slot.
 */
ESPBAK_MUST_USE espbak_status view_after(view *v, const view_wish *wish, piece_list *pieces, espbak_error *err);

/* Whether a piece is otadata of view_after. */
bool view_is_otadata(const view *v, const piece *item);

/* Put the plan together. The pieces must outlive it. */
ESPBAK_MUST_USE espbak_status view_plan(view *v, const view_wish *wish, const piece_list *pieces, espbak_error *err);

/* ---- view_parts.c ---- */

/* What of the flash the pieces are over, as it is now. */
void view_find_parts(view *v, const view_wish *wish, const piece_list *pieces);

/* ---- view_runs.c ---- */

/* What is written, a run for each piece. */
ESPBAK_MUST_USE espbak_status view_describe_runs(view *v, const view_wish *wish, const piece_list *pieces,
                                                 espbak_error *err);

#endif
