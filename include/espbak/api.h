/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_API_H
#define ESPBAK_API_H

/*
 * What the declarations of the other headers are marked with, and the version. ESPBAK_API is on every function that
 * leaves the library; it is compiled with everything else hidden, so a function without the mark cannot be called from
 * outside.
 */

#if defined(__GNUC__) && !defined(_WIN32)
#define ESPBAK_API __attribute__((visibility("default")))
#else
#define ESPBAK_API
#endif

/** The result says whether the call worked, so it may not be dropped. */
#if defined(__GNUC__)
#define ESPBAK_MUST_USE __attribute__((warn_unused_result))
#else
#define ESPBAK_MUST_USE
#endif

/** Arguments are checked like those of printf: the number of the format, and that of the first argument. */
#if defined(__MINGW32__) && !defined(__clang__)
#define ESPBAK_PRINTF(fmt_index, first) __attribute__((format(gnu_printf, fmt_index, first)))
#elif defined(__GNUC__)
#define ESPBAK_PRINTF(fmt_index, first) __attribute__((format(printf, fmt_index, first)))
#else
#define ESPBAK_PRINTF(fmt_index, first)
#endif

/*
 * Which espbak this is: the macros tell of the headers that a program was compiled with, the functions of the library
 * that it runs with. While the major number is 0, a new minor number may change the interface.
 */

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

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Frees what a function has allocated for its caller, where no other one is named for that; NULL is allowed. The
 * program's own free() would not do where it has another C library than espbak, as on Windows.
 */
ESPBAK_API void espbak_free(void *memory);

/** ESPBAK_VERSION and ESPBAK_VERSION_NUMBER as they were when the library was built. */
ESPBAK_API const char *espbak_version(void);
ESPBAK_API unsigned espbak_version_number(void);

#ifdef __cplusplus
}
#endif

#endif
