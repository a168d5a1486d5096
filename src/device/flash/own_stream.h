/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_FLASH_OWN_STREAM_H
#define DEVICE_FLASH_OWN_STREAM_H

/* How our own loader is asked for flash on this line, by what reading has shown so far. */

#include "device/flash/facts.h"
#include "device/loader/own/policy.h"

/* What is known of the stream; nothing, where the loader was started anew. */
flash_stream *own_stream_of(espbak_session *session);

own_manner own_stream_manner(const espbak_session *session, bool careful);

/* Bytes on the line for a byte of flash that is not blank: as measured, or guessed. 1 without a compressor. */
double own_stream_ratio(const espbak_session *session);

#endif
