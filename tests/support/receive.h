/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_RECEIVE_H
#define TEST_RECEIVE_H

#include <stddef.h>
#include <stdint.h>

/* Read so many bytes; a terminal hands them over piece by piece. */
void receive_all(int fd, uint8_t *bytes, size_t size);

#endif
