/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_WITNESS_H
#define OPS_WITNESS_H

/*
 * The second look where our own loader has worked and is not proven on the chip: a program that is wrong about the
 * flash is wrong in its digests too, so another program makes them.
 */

#include "espbak/ops.h"
#include "ops/proof/compare.h"

/* From now on another program runs, where that is needed and can be; *who tells. */
ESPBAK_MUST_USE espbak_status witness_call(espbak_session *session, espbak_witnesses *who, espbak_error *err);

/* Whether such a one runs now. */
bool witness_runs(const espbak_session *session);

/*
 * Have it compare the flash with what our own loader says is there. Nothing is compared where no witness is needed, or
 * none can be had. ESPBAK_E_DIFFERS by witness_contradicts.
 */
ESPBAK_MUST_USE espbak_status witness_confirm(espbak_session *session, const piece_list *pieces,
                                              const espbak_events *events, espbak_witnesses *who, espbak_error *err);

/* ESPBAK_E_DIFFERS: the two do not agree about this place. */
espbak_status witness_contradicts(const espbak_session *session, const espbak_range *place, espbak_error *err);

#endif
