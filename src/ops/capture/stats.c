/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/capture/stats.h"

#include "device/visit/rate.h"
#include "device/visit/visit.h"

stats_start stats_begin(espbak_session *session)
{
    return (stats_start){
        .line = espbak_clock_now(espbak_transport_clock(espbak_session_transport(session))),
        .computer = espbak_clock_now(espbak_clock_system()),
    };
}

double stats_seconds(espbak_session *session, stats_start start)
{
    const stats_start now = stats_begin(session);
    const espbak_time line = now.line - start.line, computer = now.computer - start.computer;
    return (double)(line > computer ? line : computer) / ESPBAK_S;
}

void stats_count(espbak_job_stats *stats, const reconnect *again, espbak_session *session, stats_start start,
                 uint64_t bytes)
{
    const espbak_session_stats sum = reconnect_stats(again, session);
    stats->bytes_on_wire = sum.tx_bytes + sum.rx_bytes;
    stats->retries = sum.retries;
    stats->compression = sum.compression;
    stats->repairs = sum.repairs;
    if (session == NULL)
        return;
    stats->bytes = bytes;
    /* A witness has a rate of its own. */
    const espbak_link_info *const link = &espbak_session_device(session)->link;
    stats->loader = visit_usual_loader(session);
    stats->baud = stats->loader == link->loader ? link->baud : rate_now(session);
    stats->seconds = stats_seconds(session, start);
}
