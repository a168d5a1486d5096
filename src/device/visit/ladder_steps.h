/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_LADDER_STEPS_H
#define DEVICE_LADDER_STEPS_H

/* Carrying out what the ladder decides. */

#include "device/session.h"
#include "device/visit/ladder.h"

/*
 * Change the rate where that pays; `left`: bytes of the job still to be read. The loader takes commands before and
 * after. Where a change leaves it silent it is restarted, if `may_restart`.
 */
ESPBAK_MUST_USE espbak_status ladder_steps_rate(espbak_session *session, uint64_t left, bool may_restart,
                                                espbak_error *err);

/*
 * Reading at `offset` keeps failing, or the loader is silent there. *again: something was changed and the loader takes
 * commands, so it may be tried once more. ESPBAK_OK with *again = false: nothing is left to try, and `err` still says
 * why it fails. Errors: the chip could not be brought back.
 */
ESPBAK_MUST_USE espbak_status ladder_steps_rescue(espbak_session *session, uint32_t offset, ladder_trouble trouble,
                                                  bool may_restart, bool *again, espbak_error *err);

/*
 * Before anything is read: where one wrong bit would make the loader erase the flash, and the flash cannot be
 * protected, go over to a loader that has no such request beside the one to read.
 */
ESPBAK_MUST_USE espbak_status ladder_steps_safer(espbak_session *session, espbak_error *err);

/* Back to the usual loader, once the other one has read what it was needed for, or when `now` is set. */
ESPBAK_MUST_USE espbak_status ladder_steps_home(espbak_session *session, uint64_t offset, bool now, espbak_error *err);

#endif
