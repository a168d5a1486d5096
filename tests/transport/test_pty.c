/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo-terminal by its path or by a link. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "espbak/transport.h"
#include "support/group.h"
#include "support/real_time.h"

typedef struct rig {
    int master;
    char path[64];
    espbak_transport *transport;
    espbak_error err;
} rig;

static int set_up(void **state)
{
    rig *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    r->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    assert_true(r->master >= 0);
    assert_int_equal(grantpt(r->master), 0);
    assert_int_equal(unlockpt(r->master), 0);
    const char *name = ptsname(r->master);
    assert_non_null(name);
    snprintf(r->path, sizeof(r->path), "%s", name);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;
    espbak_transport_close(r->transport);
    if (r->master >= 0)
        close(r->master);
    free(r);
    return 0;
}

static void open_it(rig *r, const char *path)
{
    assert_int_equal(espbak_transport_open(&r->transport, path, NULL, NULL, &r->err), ESPBAK_OK);
}

static void every_byte_passes_both_ways(void **state)
{
    rig *r = *state;
    uint8_t all[256], back[256];
    open_it(r, r->path);
    assert_true(espbak_transport_get_caps(r->transport)->baud);
    assert_false(espbak_transport_get_caps(r->transport)->modem_lines);
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)i;
    assert_int_equal(espbak_transport_write(r->transport, all, sizeof(all), time_in(ESPBAK_S), &r->err), ESPBAK_OK);
    receive_all(r->master, back, sizeof(back));
    assert_memory_equal(back, all, sizeof(all));
    assert_int_equal(write(r->master, all, sizeof(all)), sizeof(all));
    memset(back, 0, sizeof(back));
    read_exactly(r->transport, back, sizeof(back));
    assert_memory_equal(back, all, sizeof(all));
}

static speed_t speed_of(const rig *r)
{
    struct termios settings;
    assert_int_equal(tcgetattr(r->master, &settings), 0);
    return cfgetospeed(&settings);
}

static void the_other_side_sees_the_baud_rate(void **state)
{
    rig *r = *state;
    open_it(r, r->path);
    assert_int_equal(speed_of(r), B115200);
    assert_int_equal(espbak_transport_set_baud(r->transport, 921600, &r->err), ESPBAK_OK);
    assert_int_equal(speed_of(r), B921600);
    assert_int_equal(espbak_transport_set_baud(r->transport, 74880, &r->err), ESPBAK_OK);
    assert_int_equal(espbak_transport_baud(r->transport), 74880);
    assert_int_equal(espbak_transport_reopen(r->transport, &r->err), ESPBAK_OK);
    assert_int_equal(speed_of(r), B115200);
}

static void a_link_leads_there(void **state)
{
    rig *r = *state;
    char folder[64] = P_tmpdir "/espbak-pty-XXXXXX", link[96];
    assert_non_null(mkdtemp(folder));
    snprintf(link, sizeof(link), "%s/chip", folder);
    assert_int_equal(symlink(r->path, link), 0);
    open_it(r, link);
    assert_int_equal(write(r->master, "x", 1), 1);
    uint8_t byte = 0;
    read_exactly(r->transport, &byte, 1);
    assert_int_equal(byte, 'x');
    unlink(link);
    rmdir(folder);
}

static void a_second_opener_is_told(void **state)
{
    rig *r = *state;
    const int fd = open(r->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(espbak_transport_open(&r->transport, r->path, NULL, NULL, &r->err), ESPBAK_E_PORT);
    assert_non_null(strstr(r->err.message, "busy"));
    close(fd);
    open_it(r, r->path);
}

static void the_other_side_going_away_is_a_port_error(void **state)
{
    rig *r = *state;
    uint8_t byte;
    size_t got = 0;
    open_it(r, r->path);
    close(r->master);
    r->master = -1;
    assert_int_equal(espbak_transport_read(r->transport, &byte, 1, time_in(ESPBAK_S), &got, &r->err), ESPBAK_E_PORT);
    assert_int_equal(espbak_transport_write(r->transport, "x", 1, time_in(ESPBAK_S), &r->err), ESPBAK_E_PORT);
    assert_int_equal(espbak_transport_reopen(r->transport, &r->err), ESPBAK_E_PORT);
    assert_int_equal(espbak_transport_read(r->transport, &byte, 1, time_in(ESPBAK_S), &got, &r->err), ESPBAK_E_PORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_byte_passes_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_other_side_sees_the_baud_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_leads_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_opener_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_other_side_going_away_is_a_port_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
