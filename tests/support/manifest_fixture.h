/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MANIFEST_FIXTURE_H
#define TESTS_MANIFEST_FIXTURE_H

/* A manifest with all there is in it. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "espbak/manifest.h"
#include "support/group.h"

extern const espbak_region app_region;

/* Every field set to something that is not its default. */
espbak_manifest full_manifest(void);

char *format(const espbak_manifest *manifest);

#endif
