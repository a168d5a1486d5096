/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "device.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    (void)mkdir(path, 0700);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A line in a file near the tty's own folder: its interface is three levels up, the USB device four. */
__attribute__((format(printf, 3, 4))) static void put_attribute(const char *folder, const char *name,
                                                                const char *format, ...)
{
    char path[DEVICE_PATH + 448], text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text) - 1, format, arguments);
    va_end(arguments);
    strcat(text, "\n");
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    write_file(path, text);
}

void device_root_make(device_root *root)
{
    char path[DEVICE_PATH + 32];
    const char *base = getenv("TMPDIR");
    snprintf(root->path, sizeof(root->path), "%s/espbak-shim-XXXXXX", base == NULL ? P_tmpdir : base);
    assert_non_null(mkdtemp(root->path));
    snprintf(path, sizeof(path), "%s/sys/class/tty", root->path);
    make_folders(path);
    snprintf(path, sizeof(path), "%s/dev/serial/by-id", root->path);
    make_folders(path);
    assert_int_equal(setenv("ESPBAK_SHIM_ROOT", root->path, 1), 0);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void device_root_remove(device_root *root)
{
    unsetenv("ESPBAK_SHIM_ROOT");
    (void)nftw(root->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Take lines off one connection and acknowledge each. */
static void serve(test_device *device, int connection)
{
    FILE *stream = fdopen(connection, "r");
    char line[128];
    while (stream != NULL && fgets(line, sizeof(line), stream) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        pthread_mutex_lock(&device->lock);
        const size_t used = strlen(device->log);
        snprintf(device->log + used, sizeof(device->log) - used, "%s;", line);
        pthread_mutex_unlock(&device->lock);
        if (send(connection, "ok\n", 3, MSG_NOSIGNAL) != 3)
            break;
    }
    if (stream != NULL)
        fclose(stream);
}

typedef struct connection {
    test_device *device;
    int fd;
} connection;

static void *run_connection(void *context)
{
    const connection c = *(connection *)context;
    free(context);
    serve(c.device, c.fd);
    return NULL;
}

static void *run_listener(void *context)
{
    test_device *device = context;
    for (;;) {
        const int fd = accept(device->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        pthread_t thread;
        connection *c = malloc(sizeof(*c));
        if (c == NULL)
            return NULL;
        *c = (connection){.device = device, .fd = fd};
        if (pthread_create(&thread, NULL, run_connection, c) == 0)
            pthread_detach(thread);
    }
}

static void listen_on(test_device *device, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof(address.sun_path));
    strcpy(address.sun_path, path);
    device->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(device->listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(device->listener, 4), 0);
    pthread_mutex_init(&device->lock, NULL);
    assert_int_equal(pthread_create(&device->thread, NULL, run_listener, device), 0);
}

static void list_in_sys(const test_device *device, const device_root *root, const device_usb *usb)
{
    char folder[DEVICE_PATH + 384], path[DEVICE_PATH + 448], target[320];
    char usb_name[32], interface_name[64];
    snprintf(usb_name, sizeof(usb_name), "%d-%d", usb->bus, usb->address);
    snprintf(interface_name, sizeof(interface_name), "%s:1.%d", usb_name, usb->interface);
    snprintf(target, sizeof(target), "devices/pci0000:00/usb%d/%s/%s/%s/tty/%s", usb->bus, usb_name, interface_name,
             device->name, device->name);
    snprintf(folder, sizeof(folder), "%s/sys/%s", root->path, target);
    make_folders(folder);
    snprintf(path, sizeof(path), "%s/device", folder);
    assert_int_equal(symlink("../..", path), 0); /* .../ttyUSB0 */
    put_attribute(folder, "../../../bInterfaceNumber", "%02x", (unsigned)usb->interface);
    put_attribute(folder, "../../../../busnum", "%d", usb->bus);
    put_attribute(folder, "../../../../devnum", "%d", usb->address);
    put_attribute(folder, "../../../../idVendor", "%04x", usb->vid);
    put_attribute(folder, "../../../../idProduct", "%04x", usb->pid);
    put_attribute(folder, "../../../../product", "%s", usb->product);
    put_attribute(folder, "../../../../serial", "%s", usb->serial);
    snprintf(path, sizeof(path), "%s/sys/class/tty/%s", root->path, device->name);
    snprintf(folder, sizeof(folder), "../../%s", target);
    assert_int_equal(symlink(folder, path), 0);
}

static void open_terminal(test_device *device, char *name, size_t capacity)
{
    struct termios settings;
    device->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    assert_true(device->master >= 0);
    assert_int_equal(grantpt(device->master), 0);
    assert_int_equal(unlockpt(device->master), 0);
    assert_int_equal(ptsname_r(device->master, name, capacity), 0);
    /* As another program may have left it: flow control on. */
    assert_int_equal(tcgetattr(device->master, &settings), 0);
    settings.c_cflag |= CRTSCTS | HUPCL;
    settings.c_iflag |= IXON | IXOFF;
    assert_int_equal(tcsetattr(device->master, TCSANOW, &settings), 0);
}

void device_plug(test_device *device, const device_root *root, const char *name, const device_usb *usb,
                 const char *link)
{
    char path[DEVICE_PATH + 128], control[DEVICE_PATH + 64], terminal[64];
    *device = (test_device){.master = -1, .listener = -1};
    snprintf(device->name, sizeof(device->name), "%s", name);
    snprintf(device->path, sizeof(device->path), "/dev/%s", name);
    open_terminal(device, terminal, sizeof(terminal));
    snprintf(control, sizeof(control), "%s/%s.control", root->path, name);
    (void)unlink(control);
    listen_on(device, control);
    snprintf(path, sizeof(path), "%s/dev/%s", root->path, name);
    char text[DEVICE_PATH + 160];
    snprintf(text, sizeof(text), "pty %s\ncontrol %s\n", terminal, control);
    write_file(path, text);
    list_in_sys(device, root, usb);
    if (link == NULL)
        return;
    snprintf(path, sizeof(path), "%s/dev/serial/by-id/%s", root->path, link);
    snprintf(terminal, sizeof(terminal), "../../%s", name);
    assert_int_equal(symlink(terminal, path), 0);
}

void device_cut(test_device *device)
{
    if (device->master >= 0)
        close(device->master);
    device->master = -1;
}

void device_unlist(const test_device *device, const device_root *root)
{
    char path[DEVICE_PATH + 128];
    snprintf(path, sizeof(path), "%s/dev/%s", root->path, device->name);
    (void)unlink(path);
    strcat(path, ".state");
    (void)unlink(path);
    snprintf(path, sizeof(path), "%s/sys/class/tty/%s", root->path, device->name);
    (void)unlink(path);
}

void device_unplug(test_device *device, const device_root *root)
{
    device_cut(device);
    device_unlist(device, root);
    shutdown(device->listener, SHUT_RDWR);
    pthread_join(device->thread, NULL);
    close(device->listener);
}

void device_configure(const test_device *device, const device_root *root, const char *line)
{
    char path[DEVICE_PATH + 128];
    snprintf(path, sizeof(path), "%s/dev/%s", root->path, device->name);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fprintf(file, "%s\n", line);
    assert_int_equal(fclose(file), 0);
}

void device_take_log(test_device *device, char *text)
{
    pthread_mutex_lock(&device->lock);
    memcpy(text, device->log, sizeof(device->log));
    device->log[0] = '\0';
    pthread_mutex_unlock(&device->lock);
}
