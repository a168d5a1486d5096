/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLED_COREFOUNDATION_H
#define BUNDLED_COREFOUNDATION_H

/*
 * The little of Apple's CoreFoundation that libserialport calls, declared from its documentation, so that a program for
 * macOS can be linked where Apple's own headers are not to be had. On a Mac those are used.
 */

#include <stdint.h>

typedef unsigned char Boolean;
typedef long CFIndex;
typedef uint32_t CFStringEncoding;
typedef CFIndex CFNumberType;
typedef const void *CFTypeRef;
typedef const struct __CFAllocator *CFAllocatorRef;
typedef const struct __CFDictionary *CFDictionaryRef;
typedef struct __CFDictionary *CFMutableDictionaryRef;
typedef const struct __CFNumber *CFNumberRef;
typedef const struct __CFString *CFStringRef;

enum { kCFNumberIntType = 9, kCFStringEncodingASCII = 0x0600 };

extern const CFAllocatorRef kCFAllocatorDefault;

CFStringRef __CFStringMakeConstantString(const char *text);
#define CFSTR(text) __CFStringMakeConstantString("" text "")

Boolean CFNumberGetValue(CFNumberRef number, CFNumberType type, void *value);
Boolean CFStringGetCString(CFStringRef string, char *buffer, CFIndex capacity, CFStringEncoding encoding);
void CFRelease(CFTypeRef object);

#endif
