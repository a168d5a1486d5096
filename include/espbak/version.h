/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_VERSION_H
#define ESPBAK_VERSION_H

/* The version in CMakeLists.txt, for manifests and --version. */
#define ESPBAK_VERSION "0.1.0"

#endif
