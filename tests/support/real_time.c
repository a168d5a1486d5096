/* SPDX-License-Identifier: Apache-2.0 */
#include "support/real_time.h"

#include <unistd.h>

#include "support/group.h"

espbak_time time_in(espbak_time time)
{
    return espbak_clock_now(espbak_clock_system()) + time;
}

void read_exactly(espbak_transport *transport, uint8_t *bytes, size_t size)
{
    espbak_error err = {0};
    for (size_t done = 0, got = 0; done < size; done += got) {
        assert_int_equal(espbak_transport_read(transport, bytes + done, size - done, time_in(ESPBAK_S), &got, &err),
                         ESPBAK_OK);
        assert_true(got > 0);
    }
}

void receive_all(int fd, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t count = read(fd, bytes + done, size - done);
        assert_true(count > 0);
        done += (size_t)count;
    }
}
