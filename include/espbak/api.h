/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_API_H
#define ESPBAK_API_H

/*
 * What the declarations of the other headers are marked with. ESPBAK_API is on every function that leaves the
 * library; it is compiled with everything else hidden, so a function without the mark cannot be called from outside.
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

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Frees what a function has allocated for its caller, where no other one is named for that; NULL is allowed. The
 * program's own free() would not do where it has another C library than espbak, as on Windows.
 */
ESPBAK_API void espbak_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
