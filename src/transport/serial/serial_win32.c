/* SPDX-License-Identifier: Apache-2.0 */
#ifdef _WIN32
/* Without it windows.h makes a macro of the word "interface". */
#define WIN32_LEAN_AND_MEAN
#include "transport/serial/serial_os.h"

#include <windows.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "transport/serial/ports.h"

enum { REASON_MAX = 160 };

static void reason_of(DWORD error, char *reason)
{
    if (FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, reason, REASON_MAX,
                       NULL) == 0)
        snprintf(reason, REASON_MAX, "Windows error %lu", (unsigned long)error);
    reason[strcspn(reason, "\r\n")] = '\0';
}

espbak_status serial_os_fail(const char *path, espbak_error *err)
{
    char reason[REASON_MAX];
    reason_of(GetLastError(), reason);
    espbak_status status = espbak_fail(err, ESPBAK_E_PORT, "%s went away: %s", path, reason);
    espbak_error_hint(err, "check the cable and the device's power, then run the command again");
    return status;
}

bool serial_os_refused(void)
{
    return GetLastError() == ERROR_INVALID_PARAMETER;
}

static espbak_status fail_open(const char *path, DWORD error, espbak_error *err)
{
    char text[400];
    espbak_status status;
    switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
        ports_describe_present(text, sizeof(text));
        status = espbak_fail(err, ESPBAK_E_PORT, "there is no port %s", path);
        espbak_error_hint(err, "the ports of this computer: %s", text);
        return status;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
        status = espbak_fail(err, ESPBAK_E_PORT, "%s is busy: another program has it open", path);
        espbak_error_hint(err, "close that program, or name another port with --port");
        return status;
    default:
        reason_of(error, text);
        return espbak_fail(err, ESPBAK_E_PORT, "cannot open %s: %s", path, text);
    }
}

/* libserialport puts "\\\\.\\" in front itself, and compares names letter by letter: "COM3", as the system has them. */
espbak_status serial_os_resolve(const char *given, char *path, espbak_error *err)
{
    static const char prefix[] = "\\\\.\\";
    if (strncmp(given, prefix, sizeof(prefix) - 1) == 0)
        given += sizeof(prefix) - 1;
    if (strlen(given) >= SERIAL_PATH_MAX)
        return espbak_fail(err, ESPBAK_E_PORT, "there is no port with so long a name");
    memcpy(path, given, strlen(given) + 1);
    if (_strnicmp(path, "com", 3) == 0)
        memcpy(path, "COM", 3);
    return ESPBAK_OK;
}

/* Released from the first setting on, in one SetCommState(): the driver's default would assert both. */
static bool release_lines(struct sp_port *port)
{
    struct sp_port_config *config = NULL;
    bool done = sp_new_config(&config) == SP_OK;
    done = done && sp_set_config_rts(config, SP_RTS_OFF) == SP_OK && sp_set_config_cts(config, SP_CTS_IGNORE) == SP_OK;
    done = done && sp_set_config_dtr(config, SP_DTR_OFF) == SP_OK && sp_set_config_dsr(config, SP_DSR_IGNORE) == SP_OK;
    done = done && sp_set_config(port, config) == SP_OK;
    sp_free_config(config);
    return done;
}

espbak_status serial_os_open(struct sp_port *port, const char *path, const espbak_events *events, espbak_error *err)
{
    (void)events;
    if (sp_open(port, SP_MODE_READ_WRITE) != SP_OK)
        return fail_open(path, GetLastError(), err);
    if (release_lines(port))
        return ESPBAK_OK;
    espbak_status status = serial_os_fail(path, err);
    sp_close(port);
    return status;
}

void serial_os_close(struct sp_port *port)
{
    sp_close(port);
}

bool serial_os_one_step(void)
{
    return false;
}

/* usbser.sys hands a change of RTS to the device only together with the next one of DTR: hence DTR twice. */
espbak_status serial_os_set_lines(struct sp_port *port, const char *path, bool dtr, bool rts, espbak_error *err)
{
    HANDLE handle = INVALID_HANDLE_VALUE;
    bool done = sp_get_port_handle(port, &handle) == SP_OK;
    done = done && EscapeCommFunction(handle, dtr ? SETDTR : CLRDTR);
    done = done && EscapeCommFunction(handle, rts ? SETRTS : CLRRTS);
    done = done && EscapeCommFunction(handle, dtr ? SETDTR : CLRDTR);
    return done ? ESPBAK_OK : serial_os_fail(path, err);
}

/* libserialport takes 0 for "for ever". */
static unsigned milliseconds(espbak_time timeout)
{
    return timeout <= 0 ? 1 : (unsigned)((timeout + ESPBAK_MS - 1) / ESPBAK_MS);
}

espbak_status serial_os_read(struct sp_port *port, const char *path, uint8_t *buffer, size_t capacity,
                             espbak_time timeout, size_t *got, espbak_error *err)
{
    if (capacity > INT_MAX)
        capacity = INT_MAX;
    const int count = timeout <= 0 ? sp_nonblocking_read(port, buffer, capacity)
                                   : sp_blocking_read_next(port, buffer, capacity, milliseconds(timeout));
    *got = count > 0 ? (size_t)count : 0;
    return count < 0 ? serial_os_fail(path, err) : ESPBAK_OK;
}

/*
 * When its time is over libserialport cannot tell how much went out, so a write that runs into it has
 * failed for good: sent again, bytes would come twice. A piece takes 1.1 s at 9600 baud, and 0.1 s at
 * 115200, which is how long a cancel may go unnoticed.
 */
enum { WRITE_PIECE = 1024, WRITE_TIME = 2000 /* milliseconds */ };

espbak_status serial_os_write(struct sp_port *port, const char *path, const uint8_t *bytes, size_t size,
                              espbak_time timeout, size_t *put, espbak_error *err)
{
    (void)timeout;
    const int count = sp_blocking_write(port, bytes, size < WRITE_PIECE ? size : WRITE_PIECE, WRITE_TIME);
    *put = count > 0 ? (size_t)count : 0;
    if (count == 0)
        return espbak_fail(err, ESPBAK_E_LINK, "%s takes no more bytes", path);
    return count < 0 ? serial_os_fail(path, err) : ESPBAK_OK;
}
#endif
