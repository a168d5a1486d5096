/* SPDX-License-Identifier: Apache-2.0 */
/* The serial back end with the real libserialport, on a device made by the preloaded library of tests/shim. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "device.h"
#include "espbak/transport.h"
#include "support/group.h"
#include "support/real_time.h"

static const device_usb cp2102 = {.vid = 0x10C4,
                                  .pid = 0xEA60,
                                  .bus = 1,
                                  .address = 7,
                                  .product = "CP2102 USB to UART Bridge Controller",
                                  .serial = "0001"};

typedef struct rig {
    device_root root;
    test_device device;
    espbak_transport *transport;
    espbak_error err;
    char warnings[512];
    espbak_events events;
} rig;

static void note_log(void *user, espbak_log_level level, const char *text)
{
    rig *r = user;
    const size_t used = strlen(r->warnings);
    if (level == ESPBAK_LOG_WARNING)
        snprintf(r->warnings + used, sizeof(r->warnings) - used, "%s;", text);
}

static int set_up(void **state)
{
    rig *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    device_root_make(&r->root);
    device_plug(&r->device, &r->root, "ttyUSB7", &cp2102, "usb-Silicon_Labs_CP2102_0001-if00-port0");
    r->events = (espbak_events){.log = note_log, .user = r};
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;
    espbak_transport_close(r->transport);
    device_unplug(&r->device, &r->root);
    device_root_remove(&r->root);
    free(r);
    return 0;
}

static void open_it(rig *r, const char *url)
{
    const espbak_status status = espbak_transport_open(&r->transport, url, &r->events, NULL, &r->err);
    if (status != ESPBAK_OK)
        print_error("%s\n", r->err.message);
    assert_int_equal(status, ESPBAK_OK);
}

static espbak_time soon(const rig *r)
{
    return espbak_clock_now(espbak_transport_clock(r->transport)) + 2 * ESPBAK_S;
}

static struct termios settings_of(const rig *r)
{
    struct termios settings;
    assert_int_equal(tcgetattr(r->device.master, &settings), 0);
    return settings;
}

static void opening_prepares_the_line(void **state)
{
    rig *r = *state;
    char log[DEVICE_LOG];
    open_it(r, "/dev/ttyUSB7");
    const espbak_transport_caps *caps = espbak_transport_get_caps(r->transport);
    assert_true(caps->baud && caps->modem_lines && caps->unix_tight && !caps->remote);
    assert_int_equal(caps->max_baud, 1000000);
    const espbak_usb_id *usb = espbak_transport_get_usb(r->transport);
    assert_true(usb->known);
    assert_string_equal(usb->product, "CP2102 USB to UART Bridge Controller");
    assert_string_equal(usb->place, "1-7");
    assert_int_equal(usb->vid, 0x10C4);
    assert_int_equal(usb->pid, 0xEA60);
    assert_string_equal(usb->serial, "0001");

    const struct termios settings = settings_of(r);
    assert_int_equal(cfgetospeed(&settings), B115200);
    assert_int_equal(settings.c_cflag & (CSIZE | PARENB | CSTOPB), CS8);
    assert_int_equal(settings.c_cflag & (CRTSCTS | HUPCL), 0);
    assert_int_equal(settings.c_iflag & (IXON | IXOFF | IXANY | ICRNL | INLCR | IGNCR | ISTRIP), 0);
    assert_int_equal(settings.c_oflag & OPOST, 0);
    assert_int_equal(settings.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);

    /* The kernel asserts both; they are released in one step, so the chip is never half reset. */
    device_take_log(&r->device, log);
    assert_non_null(strstr(log, "lines 1 1;"));
    assert_non_null(strstr(log, "lines 0 0;"));
    assert_null(strstr(log, "lines 0 1;"));
    assert_null(strstr(log, "lines 1 0;"));
    assert_non_null(strstr(log, "baud 115200;"));
    assert_string_equal(r->warnings, "");
}

static void closing_leaves_the_lines_alone(void **state)
{
    rig *r = *state;
    char log[DEVICE_LOG];
    open_it(r, "/dev/ttyUSB7");
    assert_int_equal(espbak_transport_set_lines(r->transport, true, false, &r->err), ESPBAK_OK);
    device_take_log(&r->device, log);
    espbak_transport_close(r->transport);
    r->transport = NULL;
    device_take_log(&r->device, log);
    assert_string_equal(log, "");
    /* ... and lets the next one in. */
    open_it(r, "/dev/ttyUSB7");
}

static void both_lines_change_in_one_step(void **state)
{
    rig *r = *state;
    char log[DEVICE_LOG];
    open_it(r, "/dev/ttyUSB7");
    device_take_log(&r->device, log);
    /* The tight reset of Unix. */
    static const bool steps[][2] = {{false, false}, {true, true}, {false, true}, {true, false}, {false, false}};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(espbak_transport_set_lines(r->transport, steps[i][0], steps[i][1], &r->err), ESPBAK_OK);
    device_take_log(&r->device, log);
    assert_string_equal(log, "lines 1 1;lines 0 1;lines 1 0;lines 0 0;");
}

static void any_baud_rate_reaches_the_line(void **state)
{
    static const uint32_t rates[] = {9600, 74880, 230400, 921600, 1500000, 2000000, 3000000, 1234567, 115200};
    rig *r = *state;
    char log[DEVICE_LOG];
    open_it(r, "/dev/ttyUSB7");
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        char wanted[32];
        device_take_log(&r->device, log);
        assert_int_equal(espbak_transport_set_baud(r->transport, rates[i], &r->err), ESPBAK_OK);
        device_take_log(&r->device, log);
        snprintf(wanted, sizeof(wanted), "baud %u;", (unsigned)rates[i]);
        assert_string_equal(strrchr(log, 'b'), wanted);
        assert_null(strstr(log, "lines"));
        assert_int_equal(settings_of(r).c_cflag & (CRTSCTS | HUPCL), 0);
    }
    assert_int_equal(espbak_transport_set_baud(r->transport, 4000000000u, &r->err), ESPBAK_E_PORT);
}

static void every_byte_passes_both_ways(void **state)
{
    rig *r = *state;
    uint8_t all[256], back[256];
    open_it(r, "/dev/ttyUSB7");
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)i;
    assert_int_equal(espbak_transport_write(r->transport, all, sizeof(all), soon(r), &r->err), ESPBAK_OK);
    receive_all(r->device.master, back, sizeof(back));
    assert_memory_equal(back, all, sizeof(all));
    assert_int_equal(write(r->device.master, all, sizeof(all)), sizeof(all));
    memset(back, 0, sizeof(back));
    read_exactly(r->transport, back, sizeof(back));
    assert_memory_equal(back, all, sizeof(all));

    assert_int_equal(write(r->device.master, all, 20), 20);
    assert_int_equal(espbak_transport_discard_input(r->transport, &r->err), ESPBAK_OK);
    size_t got = 0;
    assert_int_equal(espbak_transport_read(r->transport, back, 20, soon(r) - 2 * ESPBAK_S, &got, &r->err), ESPBAK_OK);
    assert_int_equal(got, 0);
}

static void a_line_that_takes_no_more_is_noticed(void **state)
{
    rig *r = *state;
    static uint8_t block[1 << 20];
    open_it(r, "/dev/ttyUSB7");
    const espbak_time deadline = soon(r) - 1700 * ESPBAK_MS;
    assert_int_equal(espbak_transport_write(r->transport, block, sizeof(block), deadline, &r->err), ESPBAK_E_LINK);
    assert_true(espbak_transport_get_stats(r->transport).tx_bytes < sizeof(block));
}

static void a_link_leads_to_the_device(void **state)
{
    rig *r = *state;
    open_it(r, "/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0");
    assert_int_equal(espbak_transport_get_usb(r->transport)->vid, 0x10C4);
}

static void a_bare_name_will_do(void **state)
{
    rig *r = *state;
    open_it(r, "ttyUSB7");
}

/* In a process of its own: take the port as `how` says, tell that it is done, and wait to be killed. */
static pid_t hold(void (*how)(void))
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* never outlive a test that failed */
        how();
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void let_go(pid_t pid)
{
    int status = 0;
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void hold_by_espbak(void)
{
    espbak_transport *transport = NULL;
    if (espbak_transport_open(&transport, "/dev/ttyUSB7", NULL, NULL, NULL) != ESPBAK_OK)
        _exit(1);
}

static void hold_by_lock(void)
{
    const int fd = open("/dev/ttyUSB7", O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
        _exit(1);
}

static void hold_by_mark(void)
{
    const int fd = open("/dev/ttyUSB7", O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, TIOCEXCL) != 0)
        _exit(1);
}

static void hold_without_care(void)
{
    if (open("/dev/ttyUSB7", O_RDWR | O_NOCTTY | O_NONBLOCK) < 0)
        _exit(1);
}

static void expect_busy(rig *r, void (*how)(void))
{
    char log[DEVICE_LOG], holder[32];
    const pid_t pid = hold(how);
    device_take_log(&r->device, log);
    const struct termios before = settings_of(r);
    assert_int_equal(espbak_transport_open(&r->transport, "/dev/ttyUSB7", NULL, NULL, &r->err), ESPBAK_E_PORT);
    snprintf(holder, sizeof(holder), "process %d (", (int)pid);
    assert_non_null(strstr(r->err.message, "busy"));
    assert_non_null(strstr(r->err.message, holder));
    /* The holder's line is left as it was. */
    device_take_log(&r->device, log);
    assert_string_equal(log, "");
    const struct termios after = settings_of(r);
    assert_int_equal(after.c_iflag, before.c_iflag);
    assert_int_equal(after.c_cflag, before.c_cflag);
    assert_int_equal(cfgetospeed(&after), cfgetospeed(&before));
    let_go(pid);
    open_it(r, "/dev/ttyUSB7");
    espbak_transport_close(r->transport);
    r->transport = NULL;
}

static void a_busy_port_names_its_holder(void **state)
{
    expect_busy(*state, hold_by_espbak);
    expect_busy(*state, hold_by_lock);
    expect_busy(*state, hold_by_mark);
}

static void the_superuser_is_kept_out_too(void **state)
{
    setenv("ESPBAK_SHIM_SUPERUSER", "1", 1);
    expect_busy(*state, hold_by_espbak);
    expect_busy(*state, hold_by_mark);
    unsetenv("ESPBAK_SHIM_SUPERUSER");
}

static void who_shares_without_a_lock_is_warned_of(void **state)
{
    rig *r = *state;
    char holder[32];
    const pid_t pid = hold(hold_without_care);
    open_it(r, "/dev/ttyUSB7");
    snprintf(holder, sizeof(holder), "process %d (", (int)pid);
    assert_non_null(strstr(r->warnings, holder));
    let_go(pid);
}

static void no_permission_is_told_from_no_port(void **state)
{
    rig *r = *state;
    device_configure(&r->device, &r->root, "forbidden");
    assert_int_equal(espbak_transport_open(&r->transport, "/dev/ttyUSB7", NULL, NULL, &r->err), ESPBAK_E_PORT);
    assert_non_null(strstr(r->err.message, "permission"));
    /* The shim's devices belong to group 20, dialout on Debian. */
    const struct group *group = getgrgid(20);
    assert_non_null(strstr(r->err.hint, group == NULL ? "udev" : "usermod -aG"));
    assert_non_null(strstr(r->err.hint, group == NULL ? "udev" : group->gr_name));
    assert_int_equal(espbak_transport_open(&r->transport, "/dev/ttyUSB8", NULL, NULL, &r->err), ESPBAK_E_PORT);
    assert_string_equal(r->err.message, "there is no port /dev/ttyUSB8");
    assert_non_null(strstr(r->err.hint, "/dev/ttyUSB7 (CP2102)"));
}

static void a_pulled_cable_is_a_port_error(void **state)
{
    rig *r = *state;
    uint8_t buffer[16];
    size_t got = 0;
    open_it(r, "/dev/ttyUSB7");
    assert_int_equal(write(r->device.master, "last", 4), 4);
    device_cut(&r->device);
    /* What had arrived may still be read, then the end is said, at once and every time. */
    const espbak_time begin = espbak_clock_now(espbak_clock_system());
    espbak_status status = ESPBAK_OK;
    for (int i = 0; i < 3 && status == ESPBAK_OK; i++)
        status = espbak_transport_read(r->transport, buffer, sizeof(buffer), soon(r), &got, &r->err);
    assert_int_equal(status, ESPBAK_E_PORT);
    assert_string_equal(r->err.message, "/dev/ttyUSB7 went away");
    assert_int_equal(espbak_transport_write(r->transport, "x", 1, soon(r), &r->err), ESPBAK_E_PORT);
    assert_true(espbak_clock_now(espbak_clock_system()) - begin < ESPBAK_S);
}

static void it_is_found_again_under_another_name(void **state)
{
    rig *r = *state;
    test_device again;
    uint8_t buffer[4];
    open_it(r, "/dev/ttyUSB7");
    device_cut(&r->device);
    device_unlist(&r->device, &r->root);
    assert_int_equal(espbak_transport_reopen(r->transport, &r->err), ESPBAK_E_PORT);
    size_t got = 0;
    assert_int_equal(espbak_transport_read(r->transport, buffer, 4, soon(r), &got, &r->err), ESPBAK_E_PORT);
    device_usb moved = cp2102;
    moved.address = 9;
    device_plug(&again, &r->root, "ttyUSB3", &moved, NULL);
    assert_int_equal(espbak_transport_reopen(r->transport, &r->err), ESPBAK_OK);
    assert_int_equal(write(again.master, "back", 4), 4);
    read_exactly(r->transport, buffer, 4);
    assert_memory_equal(buffer, "back", 4);
    espbak_transport_close(r->transport);
    r->transport = NULL;
    device_unplug(&again, &r->root);
}

static void ports_of_one_device_are_told_apart(void **state)
{
    rig *r = *state;
    test_device watcher[2];
    espbak_port *ports = NULL, one;
    size_t count = 0;
    device_usb usb = {
        .vid = 0x1A86, .pid = 0x55D2, .bus = 3, .address = 4, .product = "USB Dual\x1b[31m_Serial", .serial = "ABC"};
    device_plug(&watcher[1], &r->root, "ttyACM1", &usb, NULL);
    usb.interface = 2;
    device_plug(&watcher[0], &r->root, "ttyACM0", &usb, NULL);
    assert_int_equal(espbak_ports_list(&ports, &count, &r->err), ESPBAK_OK);
    assert_int_equal(count, 3);
    assert_string_equal(ports[0].path, "/dev/ttyACM0");
    assert_int_equal(ports[0].usb_interface, 2);
    assert_string_equal(ports[1].path, "/dev/ttyACM1");
    assert_int_equal(ports[1].usb_interface, 0);
    assert_int_equal(ports[0].usb_bus, 3);
    assert_int_equal(ports[1].usb_address, 4);
    assert_string_equal(ports[0].bridge, "CH342");
    assert_null(strchr(ports[0].description, '\x1b'));
    assert_string_equal(ports[2].path, "/dev/ttyUSB7");
    assert_string_equal(ports[2].usb_serial, "0001");
    espbak_ports_free(ports);
    assert_int_equal(espbak_ports_pick(&one, &r->err), ESPBAK_E_PORT);
    assert_non_null(strstr(r->err.message, "/dev/ttyACM0 (CH342, interface 2)"));
    device_unplug(&watcher[0], &r->root);
    device_unplug(&watcher[1], &r->root);
    assert_int_equal(espbak_ports_pick(&one, &r->err), ESPBAK_OK);
    assert_string_equal(one.path, "/dev/ttyUSB7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opening_prepares_the_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_leaves_the_lines_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_lines_change_in_one_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_baud_rate_reaches_the_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_byte_passes_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_takes_no_more_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_leads_to_the_device, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bare_name_will_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_busy_port_names_its_holder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_superuser_is_kept_out_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_shares_without_a_lock_is_warned_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_permission_is_told_from_no_port, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pulled_cable_is_a_port_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_found_again_under_another_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ports_of_one_device_are_told_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
