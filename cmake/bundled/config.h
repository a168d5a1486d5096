/* SPDX-License-Identifier: Apache-2.0 */
/* What libserialport's configure script would have found out about the systems that espbak is built for. */
#define SP_PACKAGE_VERSION_MAJOR  0
#define SP_PACKAGE_VERSION_MINOR  1
#define SP_PACKAGE_VERSION_MICRO  2
#define SP_PACKAGE_VERSION_STRING "0.1.2"
#define SP_LIB_VERSION_CURRENT    1
#define SP_LIB_VERSION_REVISION   1
#define SP_LIB_VERSION_AGE        1
#define SP_LIB_VERSION_STRING     "1:1:1"
#define SP_API
#define SP_PRIV

#ifndef _WIN32
#define HAVE_CLOCK_GETTIME 1
#define HAVE_FLOCK         1
#define HAVE_REALPATH      1
#define HAVE_SYS_FILE_H    1
#endif
#ifdef __linux__
#define HAVE_DECL_BOTHER          1
#define HAVE_STRUCT_SERIAL_STRUCT 1
#define HAVE_STRUCT_TERMIOS2      1
#define HAVE_TERMIOS2_SPEED       1
#endif
