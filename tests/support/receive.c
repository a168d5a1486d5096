/* SPDX-License-Identifier: Apache-2.0 */
#include "support/receive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

void receive_all(int fd, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t count = read(fd, bytes + done, size - done);
        assert_true(count > 0);
        done += (size_t)count;
    }
}
