/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_UNCHANGED_H
#define OPS_UNCHANGED_H

/* A job ends that only reads, or has not come to its first write: is the flash what it was? */

#include "device/visit/reconnect.h"

/*
 * `status` and `err` are how the job ends so far. Where the flash has changed they become that, ESPBAK_E_REFUSED with
 * flash_changed, whatever it was before. A loader that is silent is started anew: *session may be another one
 * afterwards, or NULL. `again` is the job's, or NULL.
 */
ESPBAK_MUST_USE espbak_status unchanged_end(espbak_session **session, const espbak_session_options *options,
                                            const reconnect *again, espbak_status status, espbak_error *err);

#endif
