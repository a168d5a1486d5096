/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/server/telnet.h"

#include <string.h>

/* RFC 854, RFC 855. */
enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };
enum { OPTION_BINARY = 0, OPTION_ECHO = 1, OPTION_SGA = 3, OPTION_COM_PORT = 44 };

/* RFC 2217: commands from the client; the server answers with 100 more. */
enum {
    COM_SIGNATURE = 0,
    COM_BAUD = 1,
    COM_DATASIZE = 2,
    COM_PARITY = 3,
    COM_STOPSIZE = 4,
    COM_CONTROL = 5,
    COM_LINESTATE_MASK = 10,
    COM_MODEMSTATE_MASK = 11,
    COM_PURGE = 12,
    COM_ANSWER = 100,
    COM_NOTIFY_MODEMSTATE = 107,
};

enum {
    CONTROL_FLOW_ASK = 0,
    CONTROL_FLOW_NONE = 1,
    CONTROL_BREAK_ASK = 4,
    CONTROL_BREAK_OFF = 6,
    CONTROL_DTR_ASK = 7,
    CONTROL_DTR_ON = 8,
    CONTROL_DTR_OFF = 9,
    CONTROL_RTS_ASK = 10,
    CONTROL_RTS_ON = 11,
    CONTROL_RTS_OFF = 12,
    CONTROL_INFLOW_ASK = 13,
    CONTROL_INFLOW_NONE = 14,
};

enum { STATE_DATA, STATE_IAC, STATE_OPTION, STATE_SUB, STATE_SUB_IAC };

void telnet_init(telnet *t, const telnet_handler *handler)
{
    memset(t, 0, sizeof(*t));
    t->handler = *handler;
    t->baud = 115200;
}

size_t telnet_escape(uint8_t *out, const uint8_t *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        out[count++] = bytes[i];
        if (bytes[i] == IAC)
            out[count++] = IAC;
    }
    return count;
}

static void answer_option(telnet *t, uint8_t verb, uint8_t option)
{
    const uint8_t bytes[3] = {IAC, verb, option};
    t->handler.reply(t->handler.user, bytes, sizeof(bytes));
}

static bool supported(uint8_t option)
{
    return option == OPTION_BINARY || option == OPTION_SGA || option == OPTION_COM_PORT || option == OPTION_ECHO;
}

static void com_answer(telnet *t, uint8_t command, const uint8_t *value, size_t size)
{
    uint8_t bytes[2 * TELNET_SUB_MAX + 8] = {IAC, SB, OPTION_COM_PORT, command};
    size_t at = 4 + telnet_escape(bytes + 4, value, size);
    bytes[at++] = IAC;
    bytes[at++] = SE;
    t->handler.reply(t->handler.user, bytes, at);
}

/* Answers only what changes something, or two polite ends would never stop (RFC 854). */
static void negotiate(telnet *t, uint8_t verb, uint8_t option)
{
    const bool ours = verb == DO || verb == DONT;
    const bool on = (verb == DO || verb == WILL) && supported(option);
    const uint8_t answer = ours ? (on ? WILL : WONT) : (on ? DO : DONT);
    if (option >= TELNET_OPTIONS) {
        if (verb == DO || verb == WILL)
            answer_option(t, answer, option);
        return;
    }
    bool *state = ours ? &t->we[option] : &t->they[option];
    const bool refused = (verb == DO || verb == WILL) && !on;
    if (*state == on && !refused)
        return;
    *state = on;
    answer_option(t, answer, option);
    if (option == OPTION_COM_PORT && on) {
        const uint8_t modem = 0xB0; /* carrier, data set ready, clear to send */
        com_answer(t, COM_NOTIFY_MODEMSTATE, &modem, 1);
    }
}

static uint8_t control(telnet *t, uint8_t value)
{
    bool dtr = t->dtr, rts = t->rts;
    switch (value) {
    case CONTROL_DTR_ON:
    case CONTROL_DTR_OFF:
        dtr = value == CONTROL_DTR_ON;
        break;
    case CONTROL_RTS_ON:
    case CONTROL_RTS_OFF:
        rts = value == CONTROL_RTS_ON;
        break;
    case CONTROL_DTR_ASK:
        return dtr ? CONTROL_DTR_ON : CONTROL_DTR_OFF;
    case CONTROL_RTS_ASK:
        return rts ? CONTROL_RTS_ON : CONTROL_RTS_OFF;
    case CONTROL_BREAK_ASK:
        return CONTROL_BREAK_OFF;
    case CONTROL_FLOW_ASK:
        return CONTROL_FLOW_NONE;
    case CONTROL_INFLOW_ASK:
        return CONTROL_INFLOW_NONE;
    default:
        return value;
    }
    t->dtr = dtr;
    t->rts = rts;
    t->handler.lines(t->handler.user, dtr, rts);
    return value;
}

static void set_baud(telnet *t, const uint8_t *value, size_t size)
{
    if (size < 4)
        return;
    const uint32_t baud = (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 | (uint32_t)value[2] << 8 | value[3];
    if (baud != 0) { /* 0 asks for the present rate */
        t->baud = baud;
        t->handler.baud(t->handler.user, baud);
    }
    const uint8_t now[4] = {(uint8_t)(t->baud >> 24), (uint8_t)(t->baud >> 16), (uint8_t)(t->baud >> 8),
                            (uint8_t)t->baud};
    com_answer(t, COM_ANSWER + COM_BAUD, now, sizeof(now));
}

static void com_command(telnet *t, uint8_t command, const uint8_t *value, size_t size)
{
    static const uint8_t signature[] = "espsim";
    uint8_t byte = size > 0 ? value[0] : 0;
    switch (command) {
    case COM_SIGNATURE:
        if (size == 0)
            com_answer(t, COM_ANSWER + COM_SIGNATURE, signature, sizeof(signature) - 1);
        return;
    case COM_BAUD:
        set_baud(t, value, size);
        return;
    case COM_DATASIZE:
        byte = 8;
        break;
    case COM_PARITY:
    case COM_STOPSIZE:
        byte = 1; /* none; one */
        break;
    case COM_CONTROL:
        byte = control(t, byte);
        break;
    case COM_PURGE:
        t->handler.purge(t->handler.user, (byte & 1) != 0, (byte & 2) != 0);
        break;
    case COM_LINESTATE_MASK:
    case COM_MODEMSTATE_MASK:
        break;
    default:
        return;
    }
    com_answer(t, (uint8_t)(COM_ANSWER + command), &byte, 1);
}

static void sub_byte(telnet *t, uint8_t byte)
{
    if (t->sub_size < sizeof(t->sub))
        t->sub[t->sub_size++] = byte;
}

static int after_iac(telnet *t, uint8_t byte)
{
    switch (byte) {
    case IAC:
        t->handler.data(t->handler.user, &byte, 1);
        return STATE_DATA;
    case WILL:
    case WONT:
    case DO:
    case DONT:
        t->command = byte;
        return STATE_OPTION;
    case SB:
        t->sub_size = 0;
        return STATE_SUB;
    default:
        return STATE_DATA;
    }
}

static int after_sub_iac(telnet *t, uint8_t byte)
{
    if (byte == IAC) {
        sub_byte(t, IAC);
        return STATE_SUB;
    }
    if (byte == SE && t->sub_size >= 2 && t->sub[0] == OPTION_COM_PORT)
        com_command(t, t->sub[1], t->sub + 2, t->sub_size - 2);
    return STATE_DATA;
}

static void take(telnet *t, uint8_t byte)
{
    switch (t->state) {
    case STATE_IAC:
        t->state = after_iac(t, byte);
        break;
    case STATE_OPTION:
        negotiate(t, t->command, byte);
        t->state = STATE_DATA;
        break;
    case STATE_SUB:
        if (byte == IAC)
            t->state = STATE_SUB_IAC;
        else
            sub_byte(t, byte);
        break;
    default:
        t->state = after_sub_iac(t, byte);
        break;
    }
}

void telnet_receive(telnet *t, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        if (t->state != STATE_DATA) {
            take(t, *bytes++);
            size--;
            continue;
        }
        const uint8_t *iac = memchr(bytes, IAC, size);
        const size_t plain = iac != NULL ? (size_t)(iac - bytes) : size;
        if (plain > 0)
            t->handler.data(t->handler.user, bytes, plain);
        bytes += plain;
        size -= plain;
        if (size > 0) {
            t->state = STATE_IAC;
            bytes++;
            size--;
        }
    }
}
