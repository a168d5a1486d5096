/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_IMAGE_FIXTURE_H
#define TESTS_IMAGE_FIXTURE_H

/* A small flash in memory, and what can be put into it. */

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "espbak/boot.h"
#include "image/crc32.h"
#include "support/group.h"

typedef struct fixture {
    uint8_t *bytes;
    size_t size;
    espbak_image_reader reader;
    size_t reads, bytes_read;
} fixture;

void fixture_open(fixture *f, size_t size);

void fixture_close(fixture *f);

typedef struct fixture_row {
    const char *label;
    uint8_t type, subtype;
    uint32_t offset, size;
} fixture_row;

/* Rows at `at`, and the MD5 behind them; returns the first byte behind that. */
uint8_t *fixture_table(fixture *f, size_t at, const fixture_row *rows, size_t count);

enum { FIXTURE_BOOTLOADER = 1, FIXTURE_APP = 2, FIXTURE_NO_HASH = 4, FIXTURE_SIGNED_V2 = 8 };

/* Checksum and SHA-256 anew, after something was changed on purpose. `data` bytes of both segments. */
enum { FIXTURE_SEGMENT = 512, FIXTURE_SECOND = 5000 };

size_t fixture_seal(fixture *f, size_t at, unsigned flags);

/* An image of two segments; returns its size. */
size_t fixture_image(fixture *f, size_t at, uint16_t chip, unsigned flags, const char *version);

void fixture_otadata(uint8_t *entry, uint32_t seq, uint32_t state);

void assert_finding(const espbak_findings *findings, const char *text);

#endif
