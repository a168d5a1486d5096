/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_MEANS_H
#define DEVICE_MEANS_H

/* What can be done about trouble with this chip on this line. */

#include "device/session.h"

/* Whether this chip takes stubs and the user wants them. */
bool means_take_stubs(const espbak_session *session);

/* Whether there is a way to start the chip anew: by modem lines, or out of a loader that answers. */
bool means_can_restart(const espbak_session *session);

#endif
