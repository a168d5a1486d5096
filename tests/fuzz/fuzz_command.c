/* SPDX-License-Identifier: Apache-2.0 */
/* Responses: whatever comes, one that is taken is whole, fits, and came before its deadline was long over. */
#include <string.h>

#include "protocol/command.h"
#include "script.h"

enum { HEAD = 4, ROUNDS = 8, TIMEOUT = 300 * ESPBAK_MS, LINE_IN_ONE_GO = 2 * ESPBAK_S };

typedef struct conversation {
    script line;
    command_link link;
    const uint8_t *head;
    espbak_error err;
} conversation;

static void check(conversation *c, espbak_status status, espbak_time began, espbak_time allowed)
{
    FUZZ_CHECK(status == ESPBAK_OK || (c->err.status == status && c->err.message[0] != '\0'));
    FUZZ_CHECK(status != ESPBAK_E_INTERNAL);
    FUZZ_CHECK(c->line.now - began < allowed + LINE_IN_ONE_GO);
    FUZZ_CHECK(c->link.input_used <= c->link.input_size && c->link.input_size <= sizeof(c->link.input));
    espbak_error_clear(&c->err);
}

static void check_response(const conversation *c, const command_response *response, size_t wanted)
{
    FUZZ_CHECK(response->data == c->link.frame + COMMAND_HEADER);
    FUZZ_CHECK(response->size <= COMMAND_RESPONSE_MAX - COMMAND_HEADER);
    FUZZ_CHECK(response->size >= wanted + COMMAND_STATUS_STUB);
}

static void run(conversation *c, unsigned round)
{
    uint8_t request[32] = {0};
    command_response response;
    const size_t wanted = c->head[1 + round % 2] % 48u;
    const espbak_time began = c->line.now;
    const espbak_status status =
        command_run(&c->link, c->head[0], request, sizeof(request), wanted, TIMEOUT, &response, &c->err);
    check(c, status, began, TIMEOUT + 2 * ESPBAK_S);
    if (status == ESPBAK_OK)
        check_response(c, &response, wanted);
}

static void receive_frame(conversation *c)
{
    const uint8_t *frame = NULL;
    size_t size = 0;
    bool begun = false;
    const espbak_time began = c->line.now;
    espbak_status status = command_wait_frame_begun(&c->link, began + TIMEOUT, &begun, &c->err);
    check(c, status, began, TIMEOUT);
    if (!begun)
        return;
    status = command_receive_frame(&c->link, began + 2 * TIMEOUT, &frame, &size, &c->err);
    check(c, status, began, 2 * TIMEOUT);
    FUZZ_CHECK(status != ESPBAK_OK || (frame == c->link.frame && size > 0 && size <= sizeof(c->link.frame)));
}

static void read_register(conversation *c)
{
    uint32_t value = 0;
    c->link.queues = true;
    const espbak_time began = c->line.now;
    check(c, command_read_reg_sure(&c->link, 0x40001000, &value, &c->err), began, 100 * ESPBAK_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const espbak_transport_caps caps = {.baud = true};
    static conversation c;
    if (size < HEAD)
        return 0;
    c = (conversation){.head = data};
    c.line = (script){.bytes = data + HEAD,
                      .size = size - HEAD,
                      .loops = data[3] % 2 != 0,
                      .short_writes = data[3] / 2 % 2 != 0,
                      .limit = 3600 * (espbak_time)ESPBAK_S};
    espbak_transport *transport = script_open(&c.line, &caps, NULL);
    FUZZ_CHECK(command_link_init(&c.link, transport, &c.err) == ESPBAK_OK);
    c.link.gather_size = data[3] / 4u * 64u;
    c.link.gather_time = data[3] / 4u * 5 * ESPBAK_MS;
    for (unsigned i = 0; i < ROUNDS; i++) {
        run(&c, i);
        receive_frame(&c);
    }
    read_register(&c);
    command_link_free(&c.link);
    espbak_transport_close(transport);
    return 0;
}
