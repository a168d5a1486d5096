/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

/* A question on the terminal. */

#include <stdbool.h>

#include "espbak/error.h"
#include "espbak/events.h"

/* Whether there is a terminal to ask on. */
bool ask_can(void);

/* ESPBAK_OK for yes; ESPBAK_E_REFUSED for anything else, and where there is no terminal; ESPBAK_E_CANCELLED. */
ESPBAK_MUST_USE espbak_status ask_yes(const char *question, const espbak_cancel *cancel, espbak_error *err);

#endif
