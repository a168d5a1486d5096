/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_DEVICE_H
#define TEST_DEVICE_H

/*
 * A USB serial device made of a pseudo-terminal, for tests that run under the preloaded library of
 * tests/shim: the folder the library looks at, and a thread that notes what the control socket says.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { DEVICE_LOG = 4096, DEVICE_PATH = 512 };

typedef struct device_root {
    char path[DEVICE_PATH];
} device_root;

/* What /sys tells of a device. */
typedef struct device_usb {
    uint16_t vid, pid;
    int bus, address, interface;
    const char *product, *serial;
} device_usb;

typedef struct test_device {
    char name[32]; /* "ttyUSB0": the program sees /dev/ttyUSB0 */
    char path[64];
    int master; /* the other end of the line */
    int listener;
    pthread_t thread;
    pthread_mutex_t lock;
    char log[DEVICE_LOG]; /* "lines 1 1;baud 115200;" */
} test_device;

/* Make the folder and tell the library of it. */
void device_root_make(device_root *root);
void device_root_remove(device_root *root);

/* Plug in: the pseudo-terminal, its entries in /sys, and /dev/serial/by-id/LINK when `link` is not NULL. */
void device_plug(test_device *device, const device_root *root, const char *name, const device_usb *usb,
                 const char *link);
/* Close the other end, as pulling the cable does; the entries stay until device_unlist. */
void device_cut(test_device *device);
void device_unlist(const test_device *device, const device_root *root);
void device_unplug(test_device *device, const device_root *root);

/* Add a line such as "forbidden" to what the library knows of the device. */
void device_configure(const test_device *device, const device_root *root, const char *line);

/* The log so far into `text` (DEVICE_LOG), and start anew. */
void device_take_log(test_device *device, char *text);

#endif
