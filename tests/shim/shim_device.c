/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/* Shared by all processes, in dev/NAME.state. */
enum { OPENERS = 8 };
typedef struct state {
    atomic_int opens, lines, exclusive_pid;
    atomic_int openers[OPENERS]; /* process IDs, 0 for free */
    atomic_uint baud;
} state;

typedef struct device {
    char pty[SHIM_PATH_MAX];
    char control[sizeof(((struct sockaddr_un *)0)->sun_path)];
    bool forbidden;
} device;

typedef struct opened {
    state *state; /* NULL: not ours */
    int control;  /* -1: nobody listens */
} opened;

enum { FDS = 1024, BOTH_LINES = TIOCM_DTR | TIOCM_RTS };
/* Major of USB serial devices: Linux, Documentation/admin-guide/devices.txt. */
enum { USB_SERIAL_MAJOR = 188, PTY_MAJOR_FIRST = 136, PTY_MAJOR_LAST = 143 };
/* Debian's group of serial devices. */
enum { DIALOUT = 20 };

static opened table[FDS];

static bool load(const char *name, device *d)
{
    char line[SHIM_PATH_MAX];
    snprintf(line, sizeof(line), "%s/dev/%s", shim_root(), name);
    const int fd = shim_real_open(line, O_RDONLY | O_CLOEXEC, 0);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL)
        return false;
    memset(d, 0, sizeof(*d));
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "pty ", 4) == 0)
            snprintf(d->pty, sizeof(d->pty), "%s", line + 4);
        else if (strncmp(line, "control ", 8) == 0 && strlen(line + 8) < sizeof(d->control))
            strcpy(d->control, line + 8);
        else if (strcmp(line, "forbidden") == 0)
            d->forbidden = true;
    }
    fclose(file);
    return true;
}

bool shim_pty_of(const char *name, char *path)
{
    device d;
    if (!load(name, &d))
        return false;
    strcpy(path, d.pty);
    return true;
}

static state *map_state(const char *name)
{
    char path[SHIM_PATH_MAX];
    snprintf(path, sizeof(path), "%s/dev/%s.state", shim_root(), name);
    const int fd = shim_real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return NULL;
    void *memory = MAP_FAILED;
    if (ftruncate(fd, sizeof(state)) == 0)
        memory = mmap(NULL, sizeof(state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    shim_real_close(fd);
    return memory == MAP_FAILED ? NULL : memory;
}

static int connect_control(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path[0] == '\0')
        return -1;
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        shim_real_close(fd);
    return -1;
}

/* Say it and wait for the answering line, at most two seconds. */
static void tell(const opened *o, const char *text)
{
    char c = 0;
    if (o->control < 0 || send(o->control, text, strlen(text), MSG_NOSIGNAL) < 0)
        return;
    struct pollfd wait = {.fd = o->control, .events = POLLIN};
    while (c != '\n' && poll(&wait, 1, 2000) > 0 && recv(o->control, &c, 1, 0) == 1) {
    }
}

static void set_lines(const opened *o, int lines)
{
    char text[32];
    if (atomic_exchange(&o->state->lines, lines) == lines)
        return;
    snprintf(text, sizeof(text), "lines %d %d\n", (lines & TIOCM_DTR) != 0, (lines & TIOCM_RTS) != 0);
    tell(o, text);
}

static bool is_taken(const state *s)
{
    const int pid = atomic_load(&s->exclusive_pid);
    return pid != 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static bool is_superuser(void)
{
    const char *wish = getenv("ESPBAK_SHIM_SUPERUSER");
    return wish != NULL && strcmp(wish, "1") == 0;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static void replace_opener(state *s, int old, int new)
{
    for (int i = 0; i < OPENERS; i++) {
        int expected = old;
        if (atomic_compare_exchange_strong(&s->openers[i], &expected, new))
            return;
    }
}

int shim_open(const char *name, int flags)
{
    device d;
    if (!load(name, &d))
        return fail(ENOENT);
    if (d.forbidden)
        return fail(EACCES);
    state *shared = map_state(name);
    if (shared == NULL)
        return fail(ENOMEM);
    const bool taken = is_taken(shared) && !is_superuser();
    const int fd = taken ? -1 : shim_real_open(d.pty, flags, 0);
    if (fd < 0 || fd >= FDS) {
        const int error = taken ? EBUSY : errno;
        munmap(shared, sizeof(*shared));
        if (fd >= 0)
            shim_real_close(fd);
        return fail(error);
    }
    table[fd] = (opened){.state = shared, .control = connect_control(d.control)};
    replace_opener(shared, 0, (int)getpid());
    if (atomic_fetch_add(&shared->opens, 1) == 0)
        set_lines(&table[fd], BOTH_LINES);
    shim_speed_changed(fd);
    return fd;
}

bool shim_is_open(int fd)
{
    return fd >= 0 && fd < FDS && table[fd].state != NULL;
}

void shim_release(int fd)
{
    opened *o = &table[fd];
    struct termios settings;
    replace_opener(o->state, (int)getpid(), 0);
    if (atomic_fetch_sub(&o->state->opens, 1) == 1) {
        atomic_store(&o->state->exclusive_pid, 0);
        if (tcgetattr(fd, &settings) == 0 && (settings.c_cflag & HUPCL) != 0)
            set_lines(o, 0);
    }
    munmap(o->state, sizeof(*o->state));
    if (o->control >= 0)
        shim_real_close(o->control);
    *o = (opened){.state = NULL, .control = -1};
}

/* What the kernel does for a process that ends without closing. */
__attribute__((destructor)) static void release_all(void)
{
    for (int fd = 0; fd < FDS; fd++) {
        if (shim_is_open(fd))
            shim_release(fd);
    }
}

bool shim_ioctl(int fd, unsigned long request, void *argument, int *result)
{
    opened *o = &table[fd];
    int *value = argument;
    const int lines = atomic_load(&o->state->lines);
    *result = 0;
    switch (request) {
    case TIOCMGET:
        *value = lines | TIOCM_CTS | TIOCM_DSR;
        return true;
    case TIOCMSET:
        set_lines(o, *value & BOTH_LINES);
        return true;
    case TIOCMBIS:
        set_lines(o, lines | (*value & BOTH_LINES));
        return true;
    case TIOCMBIC:
        set_lines(o, lines & ~(*value & BOTH_LINES));
        return true;
    case TIOCEXCL:
        atomic_store(&o->state->exclusive_pid, (int)getpid());
        return true;
    case TIOCNXCL:
        atomic_store(&o->state->exclusive_pid, 0);
        return true;
    case TIOCGEXCL:
        *value = is_taken(o->state);
        return true;
    default:
        return false;
    }
}

void shim_speed_changed(int fd)
{
    char text[32];
    opened *o = &table[fd];
    const unsigned baud = shim_kernel_speed(fd);
    if (baud == 0 || atomic_exchange(&o->state->baud, baud) == baud)
        return;
    snprintf(text, sizeof(text), "baud %u\n", baud);
    tell(o, text);
}

/* A number of its own for each device. */
static unsigned minor_of(const char *name)
{
    unsigned sum = 0;
    for (; *name != '\0'; name++)
        sum = (sum * 31 + (unsigned char)*name) % 200;
    return sum;
}

/* Whether process `pid` opened the device; 0 asks for nobody in particular. */
static bool is_opener(const char *name, int pid)
{
    bool found = pid == 0;
    state *s = found ? NULL : map_state(name);
    for (int i = 0; s != NULL && i < OPENERS; i++)
        found = found || atomic_load(&s->openers[i]) == pid;
    if (s != NULL)
        munmap(s, sizeof(*s));
    return found;
}

static bool is_behind(const char *name, dev_t terminal)
{
    device d;
    struct stat real;
    return load(name, &d) && d.pty[0] != '\0' && shim_real_stat(d.pty, &real) == 0 && real.st_rdev == terminal;
}

void shim_disguise(struct stat *status, int pid)
{
    char folder_name[SHIM_PATH_MAX];
    const dev_t terminal = status->st_rdev;
    if (shim_root() == NULL || !S_ISCHR(status->st_mode) || major(terminal) < PTY_MAJOR_FIRST ||
        major(terminal) > PTY_MAJOR_LAST)
        return;
    snprintf(folder_name, sizeof(folder_name), "%s/dev", shim_root());
    DIR *folder = opendir(folder_name);
    if (folder == NULL)
        return;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strncmp(entry->d_name, "tty", 3) != 0 || strchr(entry->d_name, '.') != NULL)
            continue;
        if (!is_behind(entry->d_name, terminal) || !is_opener(entry->d_name, pid))
            continue;
        status->st_rdev = makedev(USB_SERIAL_MAJOR, minor_of(entry->d_name));
        status->st_mode = S_IFCHR | 0660;
        status->st_gid = DIALOUT;
    }
    closedir(folder);
}
