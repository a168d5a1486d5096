/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_LOADER_H
#define TESTS_FAKE_LOADER_H

/*
 * A loader behind a transport, on simulated time, that keeps count of what a real one would choke
 * on: acknowledgements that come too early or two at a time, a receive FIFO that overflows, frames
 * it cannot take.
 */

#include "support/fake_loader_commands.h"

/* A loader and the session that talks to it; free both with fake_free. */
fake_loader *fake_new(espbak_session **out, const char *chip, espbak_loader kind, uint32_t flash_size);

void fake_free(fake_loader *fake, espbak_session *session);

#endif
