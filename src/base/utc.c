/* SPDX-License-Identifier: Apache-2.0 */
#if !defined(_WIN32) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#endif
#include "base/utc.h"

#include <string.h>
#include <time.h>

static void broken_down(struct tm *out)
{
    const time_t now = time(NULL);
    memset(out, 0, sizeof(*out));
#ifdef _WIN32
    gmtime_s(out, &now);
#else
    gmtime_r(&now, out);
#endif
}

void utc_now(char rfc3339[32], char compact[32])
{
    struct tm utc;
    broken_down(&utc);
    strftime(rfc3339, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
    strftime(compact, 32, "%Y%m%d-%H%M%S", &utc);
}
