/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESPBAK_ERROR_H
#define ESPBAK_ERROR_H

/*
 * Every fallible function returns an espbak_status and, when that is not ESPBAK_OK, has filled the
 * caller-owned espbak_error it was given. The error reads as one sentence from the outside in: each
 * layer puts what it was doing in front ("reading 0x10000: chunk 12: no answer in 3.0 s").
 */

#include <stdbool.h>

#include "espbak/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of thing went wrong. The command line turns each into one exit code (docs/espbak.1). */
typedef enum espbak_status {
    ESPBAK_OK = 0,
    ESPBAK_E_INTERNAL,    /**< a bug or exhausted memory */
    ESPBAK_E_USAGE,       /**< an argument that cannot be meant */
    ESPBAK_E_PORT,        /**< the port is missing, busy, forbidden or ambiguous */
    ESPBAK_E_CONNECT,     /**< nothing answers, or what answers cannot do what was asked at all */
    ESPBAK_E_UNSUPPORTED, /**< this chip, in this mode, has no such command */
    ESPBAK_E_LINK,        /**< the link failed after it had worked: silence, damaged frames */
    ESPBAK_E_DEVICE,      /**< the device answered and said no */
    ESPBAK_E_DIFFERS,     /**< contents are not what they should be */
    ESPBAK_E_REFUSED,     /**< refused for safety; the message names what overrides it */
    ESPBAK_E_FILE,        /**< a file or backup that cannot be used or made */
    ESPBAK_E_CANCELLED,   /**< the caller asked to stop (espbak_cancel) */
} espbak_status;

enum { ESPBAK_ERROR_MESSAGE_MAX = 768, ESPBAK_ERROR_HINT_MAX = 512, ESPBAK_ERROR_COMMANDS_MAX = 1280 };

/** Owned by the caller; start with `espbak_error err = {0};`, in C++ `= {}`. Texts are UTF-8, always terminated. */
typedef struct espbak_error {
    espbak_status status;
    bool flash_changed;                       /**< true once this run may have altered the device's flash */
    char message[ESPBAK_ERROR_MESSAGE_MAX];   /**< one sentence, no full stop, no newline */
    char hint[ESPBAK_ERROR_HINT_MAX];         /**< what the user can do about it, or empty */
    char commands[ESPBAK_ERROR_COMMANDS_MAX]; /**< of espbak, which the hint speaks of; see espbak_error_suggest */
    const char
        *next_loader; /**< which loader the same job should be given next time, a static word, or NULL: the same */
} espbak_error;

/**
 * Fill `err` and return `status`, so that a failing branch is one line. A hint from before is
 * dropped. `err` may be NULL when the caller does not want to know.
 */
ESPBAK_API espbak_status espbak_fail(espbak_error *err, espbak_status status, const char *fmt, ...) ESPBAK_PRINTF(3, 4);

/** Put "<text>: " in front of the message and return the error's own status. */
ESPBAK_API espbak_status espbak_error_prefix(espbak_error *err, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

#if defined(__clang_analyzer__) || defined(__cppcheck__) || defined(ESPBAK_ANALYZER)
/* What an analyzer cannot see: neither of them returns ESPBAK_OK where it is called. */
static inline espbak_status espbak_failed(espbak_status status)
{
    return status;
}
#define espbak_fail(err, status, ...) ((espbak_fail)(err, status, __VA_ARGS__), espbak_failed(status))
#define espbak_error_prefix(err, ...) ((espbak_error_prefix)(err, __VA_ARGS__), espbak_failed(ESPBAK_E_INTERNAL))
#endif

/** Set the hint; the first hint given wins, because the lowest layer knows best. */
ESPBAK_API void espbak_error_hint(espbak_error *err, const char *fmt, ...) ESPBAK_PRINTF(2, 3);

/**
 * Name a command of espbak that the next hint speaks of: its words without the program's name, ended by NULL, and "--"
 * before those that may look like options. It is kept in `commands` as words that are each ended by a NUL, an empty one
 * behind the last; an empty command ends the list. Dropped where a hint is set already, and where it does not fit.
 */
ESPBAK_API void espbak_error_suggest(espbak_error *err, const char *const *words);

/** Forget everything but flash_changed, which stays true for the whole run. */
ESPBAK_API void espbak_error_clear(espbak_error *err);

/** A lower-case word for logs and JSON, such as "port" or "differs". Never NULL. */
ESPBAK_API const char *espbak_status_name(espbak_status status);

#ifdef __cplusplus
}
#endif

#endif
