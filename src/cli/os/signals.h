/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/* Signals of a program, turned into an espbak_cancel. For programs only, never for the library. */

#include "espbak/events.h"

/*
 * From now on an interrupt, a termination request and a hang-up set `requested` of what is returned
 * and do nothing else, however often they come, so that clean-up always runs to its end. Writing to
 * a closed pipe, or more to a file than is allowed, becomes a write error. The same object is returned each time.
 */
espbak_cancel *signals_install(void);

#endif
