/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_TRANSFER_HASH_H
#define DEVICE_TRANSFER_HASH_H

#include "device/flash/hash_own.h"

/* As flash_hash_runs; after an error our own loader has nothing left to do. */
ESPBAK_MUST_USE espbak_status hash_runs(espbak_session *session, hash_choice choice, hash_run_next next,
                                        hash_run_take take, void *user, espbak_error *err);

#endif
