/* SPDX-License-Identifier: Apache-2.0 */
/* What the mask ROMs of an ESP32 and an ESP32-C3 answered, recorded in download mode, and what the simulated ones do.
 */
#include "support/group.h"
#include "support/sim_wire.h"

#include <stdlib.h>

#include "sim/chip/chip.h"

enum { ON_ESP32 = 1, ON_C3 = 2, ON_BOTH = ON_ESP32 | ON_C3, ANSWER_MS = 1000, MOST = 4096 };

/*
 * Sent as it stands, in hexadecimal; P is all bytes from 0 to 255 four times, H twice, Z a deflated stream. Replies are
 * frames without their delimiters and without the last two bytes, which are stale; 8* stands for eight alike, dots for
 * bytes that an earlier exchange has left, M for the four bytes at 0x40001000, ! for text. A row without a name goes on
 * with the exchange before. Between two exchanges a SYNC is sent, and a chip that is dead is started anew.
 */
typedef struct exchange {
    const char *name, *send, *reply;
    const char *c3_send, *c3_reply; /* where they are others */
    unsigned dead;                  /* afterwards */
    bool fresh;                     /* the chip was started anew before */
} exchange;

static const char deflated[] =
    "78da6360646266616563e7e0e4e2e6e1e5e3171014121611151397909492969195935750545256515553d7d0d4d2d6d1d5d337303432"
    "36313533b7b0b4b2b6b1b5b37770747276717573f7f0f4f2f6f1f5f30f080c0a0e090d0b8f888c8a8e898d8b4f484c4a4e494d4bcfc8"
    "cccacec9cdcb2f282c2a2e292d2bafa8acaaaea9adab6f686c6a6e696d6befe8eceaeee9edeb9f3071d2e42953a74d9f3173d6ec3973"
    "e7cd5fb070d1e2254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173d7ee3d7bf7ed3f70f0d0e123478f1d3f71f2d4e93367"
    "cf9dbf70f1d2e52b57af5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb376fdfbdfff0f1d3e72f5fbf7dfff1f3d7ef3f7f"
    "fffd6718f5ffa8ff47fd3feaff51ff8ffa7fd4ffa3fe1ff5ffa8ff47fd3feaff51ff8ffa7f04f81f0060aef86a";

/* clang-format off */
static const exchange exchanges[] = {
    {.name = "sync", .send = "c00008240000000000070712205555555555555555555555555555555555555555555555555555555555555555c0", .reply = "8*01080400070712200000"},
    {.name = "sync, other payload", .send = "c00008240000000000010101010101010101010101010101010101010101010101010101010101010101010101c0", .reply = "8*01080400010101010000"},
    {.name = "sync, empty", .send = "c00008000000000000c0", .reply = "8*01080400070712200000"},
    {.name = "read_reg 0x40001000", .send = "c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "read_reg 3 bytes", .send = "c0000a030000000000001000c0", .reply = "", .c3_reply = "!Load access fault", .dead = ON_BOTH},
    {.name = "read_reg checksum field set", .send = "c0000a04007856341200100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "read_reg size field 0", .send = "c0000a00000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "read_reg size field 8 > payload", .send = "c0000a08000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "direction 1", .send = "c0010a04000000000000100040c0", .reply = "8*01080400070712200105"},
    {.name = "write_reg+read back", .send = "c000091000000000001420f43f43300000ffffffff00000000c0", .reply = "01090400070712200000", .c3_send = "c000091000000000001420006043300000ffffffff00000000c0"},
    {.send = "c0000a0400000000001420f43fc0", .reply = "010a0400433000000000", .c3_send = "c0000a04000000000014200060c0"},
    {.name = "write_reg 8 bytes", .send = "c000090800000000001420f43f43300000c0", .reply = "01090400070712200000", .c3_send = "c000090800000000001420006043300000c0"},
    {.name = "write_reg 32 bytes", .send = "c000092000000000001420f43f43300000ffffffff000000001420f43f41300000ffffffff00000000c0", .reply = "01090400070712200000", .c3_send = "c000092000000000001420006043300000ffffffff000000001420006041300000ffffffff00000000c0"},
    {.send = "c0000a0400000000001420f43fc0", .reply = "010a0400413000000000", .c3_send = "c0000a04000000000014200060c0"},
    {.name = "op 0x00", .send = "c00000000000000000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0x01", .send = "c00001000000000000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0x0c", .send = "c0000c000000000000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0x20", .send = "c0002004000000000031323334c0", .reply = "8*01080400070712200105"},
    {.name = "op 0x7f", .send = "c0007f000000000000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0xd1", .send = "c000d10800000000000000000000100000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0xd2 read_flash", .send = "c000d210000000000000000000001000000010000001000000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0xd3", .send = "c000d3000000000000c0", .reply = "8*01080400070712200105"},
    {.name = "op 0xff", .send = "c000ff000000000000c0", .reply = "8*01080400070712200105"},
    {.name = "get_security_info 4 bytes", .send = "c0001404000000000000000000c0", .reply = "8*01080400070712200105", .c3_reply = "011418000707122000000000000000000000000c05000000010000000000"},
    {.name = "spi_attach 8 bytes", .send = "c0000d0800000000000000000000000000c0", .reply = "010d0400070712200000"},
    {.name = "spi_attach 4 bytes", .send = "c0000d04000000000000000000c0", .reply = "010d0400070712200000"},
    {.name = "spi_attach 0 bytes", .send = "c0000d000000000000c0", .reply = "010d0400070712200000"},
    {.name = "spi_set_params 20 bytes", .send = "c0000b1400000000000000000000004000000001000010000000010000c0", .reply = "010b0400070712200105"},
    {.name = "spi_set_params 28 bytes", .send = "c0000b1c00000000000000000000004000000001000010000000010000ffff000000000000c0", .reply = "010b0400070712200105"},
    {.name = "spi_set_params", .send = "c0000b1800000000000000000000004000000001000010000000010000ffff0000c0", .reply = "010b0400070712200000"},
    {.name = "md5 size 0", .send = "c0001310000000000000100000000000000000000000000000c0", .reply = "011324000707122064343164386364393866303062323034653938303039393865636638343237650000"},
    {.name = "md5 past the end", .send = "c0001310000000000000004000000100000000000000000000c0", .reply = "01132400070712200000............................................................0109"},
    {.name = "read_slow 0", .send = "c0000e0800000000000010000000000000c0", .reply = "010e4400070712200000............................................................................................................................0000"},
    {.name = "read_slow past the end", .send = "c0000e0800000000000000400040000000c0", .reply = "010e4400070712200000............................................................................................................................0109"},
    {.name = "read_slow no payload", .send = "c0000e000000000000c0", .reply = "010e4400070712200000............................................................................................................................010a"},
    {.name = "flash_begin odd size 5", .send = "c0000210000000000005000000010000000004000000003000c0", .reply = "01020400070712200000", .c3_send = "c000021400000000000500000001000000000400000000300000000000c0"},
    {.name = "flash_begin wrong words", .send = "c000021400000000000004000001000000000400000000300000000000c0", .reply = "01020400070712200105", .c3_send = "c0000210000000000000040000010000000004000000003000c0"},
    {.name = "flash_begin past end", .send = "c0000210000000000000040000010000000004000000004000c0", .reply = "01020400070712200106", .c3_send = "c000021400000000000004000001000000000400000000400000000000c0"},
    {.name = "flash_data size field too large", .send = "c000031004ef00000000080000000000000000000000000000Pc0", .reply = "01030400070712200105"},
    {.name = "flash_data one too many", .send = "c0000210000000000000040000010000000004000000303000c0", .reply = "01020400070712200000", .c3_send = "c000021400000000000004000001000000000400000030300000000000c0"},
    {.send = "c000031004ef00000000040000000000000000000000000000Pc0", .reply = "01030400070712200000"},
    {.send = "c000031004ef00000000040000010000000000000000000000Pc0", .reply = "01030400070712200000"},
    {.send = "c0000e0800000000000034300010000000c0", .reply = "010e440007071220000102030405060708090a0b0c0d0e0f................................................................................................0000"},
    {.name = "flash_data short block (5 bytes)", .send = "c0000210000000000000040000010000000004000000403000c0", .reply = "01020400070712200000", .c3_send = "c000021400000000000004000001000000000400000040300000000000c0"},
    {.send = "c0000315008e000000050000000000000000000000000000006162636465c0", .reply = "01030400070712200105"},
    {.send = "c0000e0800000000000040300010000000c0", .reply = "010e440007071220ffffffffffffffffffffffffffffffff................................................................................................0000"},
    {.name = "flash_data empty", .send = "c000031000ef00000000000000000000000000000000000000c0", .reply = "01030400070712200000"},
    {.name = "flash_data no payload", .send = "c00003000000000000c0", .reply = "01030400070712200105"},
    {.name = "flash_data after end", .send = "c000031004ef00000000040000000000000000000000000000Pc0", .reply = "01030400070712200105", .c3_reply = "01030400070712200164", .fresh = true},
    {.name = "defl_begin+data good+md5", .send = "c0001010000000000000100000010000000004000000003100c0", .reply = "01100400070712200106", .c3_send = "c000101400000000000010000001000000000400000000310000000000c0"},
    {.send = "c000114b011f0000003b010000000000000000000000000000Zc0", .reply = "01110400070712200006"},
    {.send = "c0001310000000000000003100001000000000000000000000c0", .reply = "01132400070712200006............................................................0109"},
    {.name = "defl truncated then rest missing", .send = "c0001010000000000000100000010000000004000000203100c0", .reply = "01100400070712200106", .c3_send = "c000101400000000000010000001000000000400000020310000000000c0"},
    {.send = "c000111a00490000000a00000000000000000000000000000078da6360646266616563c0", .reply = "0111040007071220010c"},
    {.send = "c0001204000000000001000000c0", .reply = "0112040007071220000c"},
    {.name = "defl wrong checksum", .send = "c0001010000000000000100000010000000004000000403100c0", .reply = "01100400070712200106", .c3_send = "c000101400000000000010000001000000000400000040310000000000c0"},
    {.send = "c000114b01030000003b010000000000000000000000000000Zc0", .reply = "01110400070712200107"},
    {.name = "defl_end stay", .send = "c0001204000000000001000000c0", .reply = "01120400070712200000"},
    {.name = "mem_begin+data", .send = "c000051000000000000004000001000000000400000000fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000004000001000000000400000000c93fc0"},
    {.send = "c000071004ef00000000040000000000000000000000000000Pc0", .reply = "01070400070712200000"},
    {.send = "c0000a0400000000000000fc3fc0", .reply = "010a0400000a04000000", .c3_send = "c0000a0400000000000000c93fc0", .c3_reply = "010a0400000102030000"},
    {.send = "c0000a040000000000fc03fc3fc0", .reply = "010a0400fcfdfeff0000", .c3_send = "c0000a040000000000fc03c93fc0"},
    {.name = "mem_data one too many", .send = "c000051000000000000004000001000000000400000000fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000004000001000000000400000000c93fc0"},
    {.send = "c000071004ef00000000040000000000000000000000000000Pc0", .reply = "01070400070712200000"},
    {.send = "c000071004ef00000000040000010000000000000000000000Pc0", .reply = "", .c3_reply = "01070400070712200000", .dead = ON_ESP32},
    {.name = "mem_data size field wrong", .send = "c000051000000000000004000001000000000400000000fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000004000001000000000400000000c93fc0"},
    {.send = "c000071004ef000000e8030000000000000000000000000000Pc0", .reply = "01070400070712200000"},
    {.name = "mem_begin odd address", .send = "c000051000000000000004000001000000000400000100fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000004000001000000000400000100c93fc0"},
    {.name = "mem_begin size 0", .send = "c000051000000000000000000000000000000400000000fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000000000000000000000400000000c93fc0"},
    {.name = "mem_begin twice", .send = "c000051000000000000004000001000000000400000000fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000004000001000000000400000000c93fc0"},
    {.send = "c000051000000000000002000001000000000200000001fc3fc0", .reply = "01050400070712200000", .c3_send = "c000051000000000000002000001000000000200000001c93fc0"},
    {.send = "c000071002ef00000000020000000000000000000000000000Hc0", .reply = "01070400070712200000"},
    {.name = "mem_end flag 1", .send = "c000060800000000000100000000000000c0", .reply = "01060400070712200000"},
    {.name = "mem_end 4 bytes", .send = "c0000604000000000001000000c0", .reply = "01060400070712200000"},
    {.name = "change_baud 8 bytes same", .send = "c0000f08000000000000c2010000000000c0", .reply = "010f0400070712200000"},
    {.name = "change_baud 4 bytes", .send = "c0000f04000000000000c20100c0", .reply = "010f0400070712200000"},
    {.name = "empty frames", .send = "c0c0c0c0", .reply = ""},
    {.send = "c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "short frame 3 bytes", .send = "c0000a04c0", .reply = "", .c3_reply = "!Load access fault"},
    {.send = "c0000a04000000000000100040c0", .reply = "", .dead = ON_BOTH},
    {.name = "bad slip escape", .send = "c0000a0400000000000010db0040c0", .reply = "010a0400MMMMMMMM0000"},
    {.send = "c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "noise between frames", .send = "6e6f69736521c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "half frame then whole", .send = "c0000a040000", .reply = ""},
    {.send = "c0000a04000000000000100040c0", .reply = "", .c3_reply = "!Load access fault"},
    {.send = "c0000a04000000000000100040c0", .reply = "", .dead = ON_BOTH},
    {.name = "over-long then sync", .send = "c00008240000000000070712205555555555555555555555555555555555555555555555555555555555555555c0", .reply = "8*01080400070712200000"},
    {.name = "read_reg odd 0x..01", .send = "c0000a04000000000001100040c0", .reply = "010a04001df000360000", .c3_reply = "010a040050f1196f0000"},
    {.send = "c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "read_reg RAM odd", .send = "c0000a0400000000000200fc3fc0", .reply = "010a0400040000000000", .c3_send = "c0000a0400000000000200c93fc0", .c3_reply = "010a0400000000000000"},
    {.send = "c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
    {.name = "read_reg unmapped 0x00000000", .send = "c0000a04000000000000000000c0", .reply = "", .c3_reply = "!Load access fault"},
    {.send = "c0000a04000000000000100040c0", .reply = "", .dead = ON_BOTH},
    {.name = "write_reg ROM", .send = "c000091000000000000010004000000000ffffffff00000000c0", .reply = "01090400070712200000"},
    {.send = "c0000a04000000000000100040c0", .reply = "010a0400MMMMMMMM0000"},
};
/* clang-format on */

static size_t add_pattern(uint8_t *out, unsigned size)
{
    size_t n = 0;
    for (unsigned i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)i;
        if (byte == 0xC0 || byte == 0xDB) {
            out[n++] = 0xDB;
            out[n++] = byte == 0xC0 ? 0xDC : 0xDD;
        } else {
            out[n++] = byte;
        }
    }
    return n;
}

static size_t add_hex(uint8_t *out, const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        if (*text == 'P' || *text == 'H') {
            n += add_pattern(out + n, *text == 'P' ? 1024 : 512);
        } else if (*text == 'Z') {
            n += add_hex(out + n, deflated);
        } else {
            const char digits[] = {text[0], text[1], '\0'};
            out[n++] = (uint8_t)strtoul(digits, NULL, 16);
            text++;
        }
    }
    return n;
}

/* All that comes within a second. */
static size_t collect(wire *w, uint8_t *out)
{
    size_t size = 0;
    wire_wait(w, (sim_time)ANSWER_MS * SIM_MS);
    for (size_t n; (n = sim_device_take(w->device, out + size, MOST - size, w->now)) > 0;)
        size += n;
    return size;
}

/* One frame out of *at on, without delimiters and escapes. */
static size_t take_frame(const uint8_t **at, const uint8_t *end, uint8_t *frame)
{
    size_t n = 0;
    while (*at < end && **at == 0xC0)
        ++*at;
    for (; *at < end && **at != 0xC0; ++*at) {
        if (**at == 0xDB && *at + 1 < end)
            frame[n++] = *++*at == 0xDC ? 0xC0 : 0xDB;
        else
            frame[n++] = **at;
    }
    return n;
}

static bool is_frame(const uint8_t *frame, size_t size, const char *wanted, uint32_t magic)
{
    char hex[2 * MOST + 1], word[9];
    uint8_t bytes[4];
    bytes_put_le32(bytes, magic);
    bytes_to_hex(word, bytes, 4);
    if (size < 2 || 2 * (size - 2) != strlen(wanted))
        return false;
    bytes_to_hex(hex, frame, size - 2);
    const char *const at = strchr(wanted, 'M');
    for (size_t i = 0; wanted[i] != '\0'; i++) {
        const char want = wanted[i] == 'M' ? word[wanted + i - at] : wanted[i];
        if (want != '.' && want != hex[i])
            return false;
    }
    return true;
}

static bool is_reply(const uint8_t *bytes, size_t size, const char *wanted, uint32_t magic)
{
    const uint8_t *at = bytes;
    const unsigned copies = strncmp(wanted, "8*", 2) == 0 ? 8 : 1;
    uint8_t frame[MOST];
    if (wanted[0] == '\0')
        return size == 0;
    if (wanted[0] == '!') {
        char text[MOST + 1];
        memcpy(text, bytes, size);
        text[size] = '\0';
        return strstr(text, wanted + 1) != NULL;
    }
    for (unsigned i = 0; i < copies; i++) {
        const size_t got = take_frame(&at, bytes + size, frame);
        if (!is_frame(frame, got, copies == 8 ? wanted + 2 : wanted, magic))
            return false;
    }
    return take_frame(&at, bytes + size, frame) == 0;
}

static bool answers_sync(wire *w)
{
    static const char sync[] = "c0000824000000000007071220"
                               "5555555555555555555555555555555555555555555555555555555555555555c0";
    uint8_t bytes[MOST];
    sim_device_feed(w->device, bytes, add_hex(bytes, sync), w->now);
    return collect(w, bytes) > 0;
}

static void start_anew(wire *w)
{
    wire_reset(w);
    assert_true(answers_sync(w));
}

static void replay(const char *spec, const char *chip, bool c3)
{
    const uint32_t magic = sim_chip_by_name(chip)->magic;
    uint8_t bytes[MOST];
    wire w;
    wire_open(&w, spec);
    sim_device_set_baud(w.device, 0, 0); /* recorded where a rate meant nothing */
    start_anew(&w);
    for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
        const exchange *const row = &exchanges[i];
        const char *const send = c3 && row->c3_send != NULL ? row->c3_send : row->send;
        const char *const reply = c3 && row->c3_reply != NULL ? row->c3_reply : row->reply;
        if (row->fresh)
            start_anew(&w);
        sim_device_feed(w.device, bytes, add_hex(bytes, send), w.now);
        const size_t size = collect(&w, bytes);
        if (!is_reply(bytes, size, reply, magic))
            fail_msg("%s, row %u (%s): %u bytes come, wanted %s", chip, (unsigned)i, row->name != NULL ? row->name : "",
                     (unsigned)size, reply);
        if (i + 1 < sizeof(exchanges) / sizeof(exchanges[0]) && row[1].name == NULL)
            continue;
        const bool dead = (row->dead & (c3 ? ON_C3 : ON_ESP32)) != 0;
        if (answers_sync(&w) == dead)
            fail_msg("%s, row %u: it is %s", chip, (unsigned)i, dead ? "alive" : "dead");
        if (dead)
            start_anew(&w);
    }
    wire_close(&w);
}

static void test_recorded_esp32(void **state)
{
    (void)state;
    replay("esp32,blank,size=4M", "esp32", false);
}

static void test_recorded_esp32c3(void **state)
{
    (void)state;
    replay("esp32c3,blank,size=4M", "esp32c3", true);
}

TEST_GROUP(rom_replies)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_esp32),
        cmocka_unit_test(test_recorded_esp32c3),
    };
    return RUN_GROUP(tests);
}
