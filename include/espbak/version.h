/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_VERSION_H
#define ESPBAK_VERSION_H

/* The one place of the version; CMakeLists.txt reads it from here. */

#ifdef __cplusplus
extern "C" {
#endif
#define ESPBAK_VERSION "0.1.0"

#ifdef __cplusplus
}
#endif

#endif
