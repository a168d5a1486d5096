/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_STUB_EMBEDDED_H
#define DEVICE_STUB_EMBEDDED_H

/* The stub images that the build took in (cmake/EspbakStubs.cmake); generated, may be empty. */

#include <stddef.h>

typedef struct stub_embedded {
    const char *name;          /* JSON base name, such as "esp32s3" or "esp32p4-rev1" */
    const unsigned char *json; /* the file as Espressif published it, not terminated */
    size_t size;
} stub_embedded;

/* In no promised order; one row of zeros stands behind the last. */
extern const stub_embedded stub_embedded_table[];
extern const size_t stub_embedded_count;

#endif
