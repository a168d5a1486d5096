/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_RESTORE_ANOTHER_H
#define OPS_RESTORE_ANOTHER_H

/* restore --to-another: a unit is retired, and another one takes its place with all that its flash held. */

#include "ops/restore/job.h"
#include "ops/safety/refuse.h"

/* ESPBAK_E_REFUSED where nothing can be moved to this device, whatever is forced. */
ESPBAK_MUST_USE espbak_status another_check(const restore_job *job, espbak_error *err);

/*
 * A whole flash leaves the device its factory data; named parts are refused where they would overwrite it. With
 * --to-another all of it is replaced, and the result says what stays with the old unit, what is copied although it is
 * the old one's alone, and what of the new one is lost.
 */
ESPBAK_MUST_USE espbak_status restore_mind_factory_data(restore_job *job, const refuse_target *target,
                                                        espbak_error *err);

#endif
