/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_RELAY_H
#define TESTS_RELAY_H

/*
 * Functions of a back end that is laid over another transport, for lines that do harm: what a line leaves as it is, it
 * hands on by these. What they are given must begin with the pointer to that transport.
 */

#include "espbak/transport.h"

espbak_status relay_read(void *impl, uint8_t *buffer, size_t capacity, espbak_time timeout, size_t *got,
                         espbak_error *err);
espbak_status relay_write(void *impl, const uint8_t *bytes, size_t size, espbak_time timeout, size_t *put,
                          espbak_error *err);
espbak_status relay_set_baud(void *impl, uint32_t baud, espbak_error *err);
espbak_status relay_set_lines(void *impl, bool dtr, bool rts, espbak_error *err);
espbak_status relay_discard_input(void *impl, espbak_error *err);
espbak_status relay_reopen(void *impl, espbak_error *err);

/* Closes the transport below too. */
void relay_close(void *impl);

#endif
