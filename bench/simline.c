/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "espbak/transport.h"

/*
 * A simulated chip in its own time for programs that are not espbak: `simline sim:CHIP,...` takes requests on standard
 * input, each an operation and two words, little-endian, and answers each with a count, the time in
 * microseconds and so many bytes. Time passes only while somebody waits. See virtual_esptool.
 */

enum { REQUEST_SIZE = 9, ANSWER_SIZE = 12, DATA_MAX = 65536, BITS_PER_BYTE = 10 };

typedef struct line {
    espbak_transport *transport;
    const espbak_clock *clock;
    uint8_t data[DATA_MAX];
    size_t size; /* of the answer */
} line;

static espbak_time byte_time(const line *l)
{
    const uint32_t baud = espbak_transport_baud(l->transport);
    return 1 + BITS_PER_BYTE * ESPBAK_S / (baud != 0 ? baud : 115200);
}

/* Wait for a first byte; what follows without a pause is gathered for a while, as a computer does. */
static espbak_status receive(line *l, size_t capacity, espbak_time timeout, espbak_error *err)
{
    enum { GATHER = 5 * ESPBAK_MS };
    size_t got = 0;
    capacity = capacity < DATA_MAX ? capacity : DATA_MAX;
    const espbak_time begun = espbak_clock_now(l->clock);
    espbak_status status = espbak_transport_read(l->transport, l->data, capacity, begun + timeout, &got, err);
    const espbak_time end = espbak_clock_now(l->clock) + GATHER;
    while (status == ESPBAK_OK && got > 0 && timeout > 0) {
        l->size += got;
        const espbak_time now = espbak_clock_now(l->clock);
        if (now >= end || l->size == capacity)
            return ESPBAK_OK;
        status = espbak_transport_read(l->transport, l->data + l->size, capacity - l->size, now + 2 * byte_time(l),
                                       &got, err);
    }
    l->size += timeout > 0 ? 0 : got;
    return status;
}

static espbak_status run(line *l, char operation, uint32_t a, uint32_t b, espbak_error *err)
{
    const espbak_time patience = espbak_clock_now(l->clock) + 3600LL * ESPBAK_S;
    switch (operation) {
    case 'r':
        return receive(l, a, b, err);
    case 'w':
        return espbak_transport_write(l->transport, l->data, a, patience, err);
    case 's':
        espbak_clock_sleep(l->clock, a);
        return ESPBAK_OK;
    case 'b':
        return espbak_transport_set_baud(l->transport, a, err);
    case 'l':
        return espbak_transport_set_lines(l->transport, a != 0, b != 0, err);
    case 'd':
        return espbak_transport_discard_input(l->transport, err);
    default:
        return espbak_fail(err, ESPBAK_E_USAGE, "there is no operation %d", operation);
    }
}

static bool answer(const line *l)
{
    uint8_t head[ANSWER_SIZE];
    const uint64_t now = (uint64_t)espbak_clock_now(l->clock);
    bytes_put_le32(head, (uint32_t)l->size);
    bytes_put_le32(head + 4, (uint32_t)now);
    bytes_put_le32(head + 8, (uint32_t)(now >> 32));
    return fwrite(head, 1, sizeof(head), stdout) == sizeof(head) && fwrite(l->data, 1, l->size, stdout) == l->size &&
           fflush(stdout) == 0;
}

/* False at the end of the requests. */
static bool serve(line *l, espbak_error *err)
{
    uint8_t request[REQUEST_SIZE];
    if (fread(request, 1, sizeof(request), stdin) != sizeof(request))
        return false;
    const char operation = (char)request[0];
    const uint32_t a = bytes_get_le32(request + 1), b = bytes_get_le32(request + 5);
    l->size = 0;
    if (operation == 'w' && (a > DATA_MAX || fread(l->data, 1, a, stdin) != a))
        return false;
    return run(l, operation, a, b, err) == ESPBAK_OK && answer(l);
}

int main(int argc, char **argv)
{
    static line l;
    espbak_error err = {0};
    if (argc != 2 || strncmp(argv[1], "sim:", 4) != 0) {
        fprintf(stderr, "usage: simline sim:CHIP[,key=value]...\n");
        return 2;
    }
    if (espbak_transport_open(&l.transport, argv[1], NULL, NULL, &err) == ESPBAK_OK) {
        l.clock = espbak_transport_clock(l.transport);
        while (serve(&l, &err)) {
        }
    }
    espbak_transport_close(l.transport);
    if (err.status != ESPBAK_OK)
        fprintf(stderr, "simline: %s\n", err.message);
    return err.status == ESPBAK_OK ? 0 : 1;
}
