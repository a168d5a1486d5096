/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_VERSION_H
#define ESPBAK_VERSION_H

/*
 * Which espbak this is: the macros tell of the headers that a program was compiled with, the functions of the library
 * that it runs with. While the major number is 0, a new minor number may change the interface.
 */

#include "espbak/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The one place of the version; CMakeLists.txt reads it from here. */
#define ESPBAK_VERSION_MAJOR 0
#define ESPBAK_VERSION_MINOR 1
#define ESPBAK_VERSION_PATCH 0

/** As one number, to compare: 1.2.3 is 10203. */
#define ESPBAK_VERSION_NUMBER (ESPBAK_VERSION_MAJOR * 10000 + ESPBAK_VERSION_MINOR * 100 + ESPBAK_VERSION_PATCH)

/** As text: "1.2.3". */
#define ESPBAK_VERSION                                                                                                 \
    ESPBAK_VERSION_TEXT(ESPBAK_VERSION_MAJOR)                                                                          \
    "." ESPBAK_VERSION_TEXT(ESPBAK_VERSION_MINOR) "." ESPBAK_VERSION_TEXT(ESPBAK_VERSION_PATCH)
#define ESPBAK_VERSION_TEXT(number)   ESPBAK_VERSION_QUOTED(number)
#define ESPBAK_VERSION_QUOTED(number) #number

/** ESPBAK_VERSION and ESPBAK_VERSION_NUMBER as they were when the library was built. */
ESPBAK_API const char *espbak_version(void);
ESPBAK_API unsigned espbak_version_number(void);

#ifdef __cplusplus
}
#endif

#endif
