/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_REAL_TIME_H
#define TESTS_REAL_TIME_H

/* For transports to something real, where time is not simulated. */

#include "espbak/transport.h"

/* So much from now, for deadlines. */
espbak_time time_in(espbak_time time);

/* Each byte within a second, or the test fails. */
void read_exactly(espbak_transport *transport, uint8_t *bytes, size_t size);

/* The same from the other end, which hands them over piece by piece. */
void receive_all(int fd, uint8_t *bytes, size_t size);

#endif
