/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_REWRITE_H
#define OPS_REWRITE_H

/* Verifying what was written, and writing again what a bad line spoiled. */

#include "ops/proof/compare.h"

/*
 * Compare the device with the pieces; sectors that differ are written and compared again, a few times. A loader checks
 * its blocks by one byte of XOR only, so on a noisy line some wrong ones are written. What stays wrong is left in
 * `wrong` (start it empty), which is no error here.
 */
ESPBAK_MUST_USE espbak_status rewrite_until_right(espbak_session *session, const piece_list *pieces,
                                                  const compare_options *options, difference_list *wrong,
                                                  espbak_error *err);

#endif
