/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_CLOCK_H
#define ESPBAK_CLOCK_H

/*
 * Time. All waiting in the library goes through a clock, so that a simulated chip can run on
 * simulated time and tests do not sleep. A transport carries the clock it lives by.
 */

#include <stdint.h>

#include "espbak/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Microseconds on some monotonic scale that starts anywhere. */
typedef int64_t espbak_time;

enum { ESPBAK_MS = 1000, ESPBAK_S = 1000000 };

typedef struct espbak_clock {
    espbak_time (*now)(void *ctx);
    void (*sleep)(void *ctx, espbak_time microseconds);
    void *ctx;
} espbak_clock;

/** The computer's own monotonic clock. */
ESPBAK_API const espbak_clock *espbak_clock_system(void);

ESPBAK_API espbak_time espbak_clock_now(const espbak_clock *clock);

/** Sleep; zero and negative times return at once. */
ESPBAK_API void espbak_clock_sleep(const espbak_clock *clock, espbak_time microseconds);

#ifdef __cplusplus
}
#endif

#endif
