/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_NUMBER_H
#define IMAGE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A number as partition tables in CSV and sdkconfig write it: a sign, decimal or after 0x, 0o, 0b
 * other bases, K or M behind it. All `size` characters; false past 2^40 either way.
 */
bool number_parse(const char *text, size_t size, int64_t *value);

#endif
