/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPS_STATS_H
#define OPS_STATS_H

/* How much a job moved, and how fast. */

#include "device/visit/reconnect.h"
#include "espbak/ops.h"

/* When the data began to move, by the transport's clock and by the computer's. */
typedef struct stats_start {
    espbak_time line, computer;
} stats_start;

stats_start stats_begin(espbak_session *session);

/* The longer of the two times since then: a simulated chip without a simulated line takes none by its own clock. */
double stats_seconds(espbak_session *session, stats_start start);

/* Fill the sums of all sessions; `session` is NULL when the device stayed away. */
void stats_count(espbak_job_stats *stats, const reconnect *again, espbak_session *session, stats_start start,
                 uint64_t bytes);

#endif
