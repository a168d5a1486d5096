/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLED_IOSERIALKEYS_H
#define BUNDLED_IOSERIALKEYS_H

/* See CoreFoundation/CoreFoundation.h. */

#define kIOSerialBSDServiceValue "IOSerialBSDClient"
#define kIOCalloutDeviceKey      "IOCalloutDevice"
#define kIOTTYDeviceKey          "IOTTYDevice"

#endif
