/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLED_IOSS_H
#define BUNDLED_IOSS_H

/* See CoreFoundation/CoreFoundation.h. */

#include <sys/ioccom.h>
#include <sys/termios.h>

/* Sets any rate. */
#define IOSSIOSPEED _IOW('T', 2, speed_t)

#endif
