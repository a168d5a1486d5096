/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLED_IOKITLIB_H
#define BUNDLED_IOKITLIB_H

/* The little of Apple's IOKit that libserialport calls: see CoreFoundation/CoreFoundation.h. */

#include <CoreFoundation/CoreFoundation.h>
#include <mach/mach_types.h>

typedef mach_port_t io_object_t;
typedef io_object_t io_iterator_t;
typedef io_object_t io_registry_entry_t;
typedef char io_name_t[128];
typedef uint32_t IOOptionBits;

#define kIOServicePlane "IOService"
/* No port stands for the default one; libserialport asks by the name that it had before macOS 12. */
#define kIOMasterPortDefault MACH_PORT_NULL
enum { kIORegistryIterateRecursively = 1, kIORegistryIterateParents = 2 };

CFMutableDictionaryRef IOServiceMatching(const char *name);
kern_return_t IOServiceGetMatchingServices(mach_port_t port, CFDictionaryRef matching, io_iterator_t *existing);
io_object_t IOIteratorNext(io_iterator_t iterator);
CFTypeRef IORegistryEntryCreateCFProperty(io_registry_entry_t entry, CFStringRef key, CFAllocatorRef allocator,
                                          IOOptionBits options);
CFTypeRef IORegistryEntrySearchCFProperty(io_registry_entry_t entry, const io_name_t plane, CFStringRef key,
                                          CFAllocatorRef allocator, IOOptionBits options);
kern_return_t IORegistryEntryGetParentEntry(io_registry_entry_t entry, const io_name_t plane,
                                            io_registry_entry_t *parent);
kern_return_t IOObjectRelease(io_object_t object);

#endif
