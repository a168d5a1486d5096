/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "sim/loader/rom.h"

/*
 * The download-mode loader in mask ROM: polled, one command at a time, and deaf while it works, but
 * for the 128 bytes of the receive FIFO. What "seen on real ROMs" says here was observed on the mask
 * ROMs of ESP32 and ESP32-C3.
 */

enum {
    SLOW_READ = 64,
    HASH_PIECE = 1024,          /* an assumption: less than 4096 (seen on real ROMs) */
    DEFAULT_SIZE = 2 << 20,     /* bytes of flash it believes in until SPI_SET_PARAMS (seen on real ROMs) */
    READ_FUNCTION = 0x40055F00, /* somewhere in the ROM: where its read pointer leads at first */
};

typedef struct rom_command {
    uint8_t op;
    unsigned needs;      /* sim_rom_ability bits */
    bool in_secure_mode; /* answered in Secure Download Mode too */
    bool keeps_error;    /* success leaves the error byte of the last failure (seen on real ROMs) */
    bool leaves_anyway;  /* `afterwards` follows a failure too (seen on real ROMs) */
    size_t payload;      /* bytes before the status */
    uint8_t (*handle)(sim_machine *m, const sim_request *request);
    void (*afterwards)(sim_machine *m, const sim_request *request); /* when the answer is on its way */
} rom_command;

bool rom_knows(const sim_machine *m, unsigned abilities)
{
    return (m->board->options.chip->rom & abilities) == abilities;
}

uint32_t rom_word(const sim_machine *m, unsigned index)
{
    return bytes_get_le32(m->rom.frame + REQUEST_HEADER + 4u * index);
}

bool rom_reaches_flash(const sim_machine *m, uint32_t offset, uint32_t size)
{
    return m->board->flash_attached && (uint32_t)(offset + size) <= m->rom.flash_size;
}

/* Where its flash read jumps, when software changed that: a way around secure boot. */
static uint32_t read_pointer(sim_machine *m)
{
    const uint32_t slot = m->board->options.chip->rom_read_slot;
    return slot != 0 ? board_read(m->board, slot) : READ_FUNCTION;
}

static uint8_t do_sync(sim_machine *m, const sim_request *request)
{
    (void)request;
    m->rom.last_value = rom_word(m, 0); /* seen on real ROMs */
    return STATUS_OK;
}

/* The frame itself is in RAM, and can be seen there. */
static uint8_t read_byte(sim_machine *m, uint32_t address)
{
    const uint32_t at = m->board->options.chip->rom_frame;
    if (at != 0 && address - at < sizeof(m->rom.frame))
        return m->rom.frame[address - at];
    return (uint8_t)(board_read(m->board, address & ~3u) >> 8 * (address & 3));
}

static uint8_t do_read_reg(sim_machine *m, const sim_request *request)
{
    (void)request;
    const uint32_t address = rom_word(m, 0);
    if (!board_is_mapped(m->board, address)) {
        machine_die(m, m->board->options.chip->last_words.load);
        return STATUS_FAILED;
    }
    m->rom.last_value = 0;
    for (unsigned i = 0; i < 4; i++)
        m->rom.last_value |= (uint32_t)read_byte(m, address + i) << 8 * i;
    return STATUS_OK;
}

/* Of an address that is no multiple of four nothing comes (seen on real ROMs). */
static uint8_t do_write_reg(sim_machine *m, const sim_request *request)
{
    for (unsigned i = 0; WRITE_REG_ENTRY * (i + 1) <= request->size; i++) {
        const uint32_t address = rom_word(m, 4 * i);
        if (!board_is_mapped(m->board, address)) {
            machine_die(m, m->board->options.chip->last_words.load);
            return STATUS_FAILED;
        }
        if (address % 4 == 0)
            sim_request_write_reg(m, request->data + (size_t)WRITE_REG_ENTRY * i);
    }
    return STATUS_OK;
}

static void execute(sim_machine *m, uint32_t entry)
{
    const sim_stub_kind kind = m->options.stub_kind;
    const uint32_t legacy_data = m->board->options.chip->legacy_data;
    const bool legacy =
        kind == SIM_STUB_LEGACY || (kind == SIM_STUB_AUTO && ram_has_segment(&m->board->ram, legacy_data));
    sim_request_execute(m, entry, legacy ? &legacy_stub : &current_stub);
}

static uint8_t do_mem_end(sim_machine *m, const sim_request *request)
{
    (void)m;
    (void)request;
    return STATUS_OK;
}

static void after_mem_end(sim_machine *m, const sim_request *request)
{
    (void)request;
    const bool forbidden = m->board->options.secure_boot != 0 && rom_knows(m, SIM_ROM_SECURE_RAM);
    const uint32_t entry = rom_word(m, 1);
    if (rom_word(m, 0) != 0 || forbidden)
        return;
    if (entry == 0)
        m->leave = SIM_LEAVE_TO_APP; /* as after FLASH_END (seen on real ROMs) */
    else
        execute(m, entry);
}

/* Whatever it is told: the application runs, without a reset (seen on real ROMs). */
static void after_flash_end(sim_machine *m, const sim_request *request)
{
    (void)request;
    m->leave = SIM_LEAVE_TO_APP;
}

/* Word 0 restarts the chip, anything else stays (seen on real ROMs). */
static void after_defl_end(sim_machine *m, const sim_request *request)
{
    (void)request;
    if (rom_word(m, 0) == 0)
        m->leave = SIM_LEAVE_RESTART;
}

static uint8_t do_attach(sim_machine *m, const sim_request *request)
{
    (void)request;
    m->board->flash_attached = true;
    return STATUS_OK;
}

static uint8_t do_set_params(sim_machine *m, const sim_request *request)
{
    if (request->size != 6 * sizeof(uint32_t))
        return STATUS_INVALID;
    m->rom.flash_size = rom_word(m, 1);
    m->rom.block_size = rom_word(m, 2);
    m->rom.sector_size = rom_word(m, 3);
    m->rom.page_size = rom_word(m, 4);
    return STATUS_OK;
}

/* Always 64 bytes in the answer, fresh as far as was asked, in words; errors leave the old ones (seen on real ROMs). */
static uint8_t do_read_slow(sim_machine *m, const sim_request *request)
{
    (void)request;
    const uint32_t offset = rom_word(m, 0), asked = rom_word(m, 1);
    if (asked > SLOW_READ)
        return STATUS_READ_LENGTH;
    const uint32_t size = (asked + 3) / 4 * 4;
    if (!rom_reaches_flash(m, offset, asked) || access_fails(m, SIM_FAULT_MUTE, offset, size))
        return STATUS_READ;
    access_read(m, offset, m->rom.response, size);
    access_lie(m, offset, m->rom.response, size);
    return STATUS_OK;
}

static uint8_t do_md5(sim_machine *m, const sim_request *request)
{
    (void)request;
    const uint32_t offset = rom_word(m, 0), size = rom_word(m, 1);
    uint8_t md5[16];
    /* It reads piece by piece, so that only a short range can go round the end of the addresses (seen on real ROMs). */
    if (size > 0 && (!rom_reaches_flash(m, offset, size) || (size > HASH_PIECE && offset > UINT32_MAX - size + 1)))
        return STATUS_READ; /* with the digest of last time (seen on real ROMs) */
    if (!access_md5(m, offset, size, md5))
        return STATUS_FAILED;
    char hex[33];
    bytes_to_hex(hex, md5, sizeof(md5));
    memcpy(m->rom.response, hex, 32);
    return STATUS_OK;
}

/* A rate of 0 is a division by zero, which some processors do not mind (seen on real ones). */
static uint8_t do_baud(sim_machine *m, const sim_request *request)
{
    (void)request;
    if (rom_word(m, 0) == 0 && !m->board->options.chip->divides_by_zero)
        machine_die(m, NULL);
    return STATUS_OK;
}

/* The crystal in MHz that the ROM computes its divider from: what comes out is off by the quotient. */
static double believed_crystal(const sim_machine *m)
{
    const sim_chip_options *o = &m->board->options;
    const sim_registers *registers = &m->board->registers;
    if (o->chip->rtc_cali != 0) /* it believes in what it measured, esptool esp32.py get_rom_cal_crystal_freq */
        return (registers_read(registers, o->chip->rtc_cali) >> 7) * 15625.0 *
               registers_read_fuse(registers, SIM_FUSE_CK8M) / 40 / 1e6;
    /* A ROM that knows its crystal, or one that expects another than is usual. */
    return o->chip->rom_crystal_mhz == o->chip->crystal_mhz ? o->crystal_mhz : o->chip->rom_crystal_mhz;
}

static void after_baud(sim_machine *m, const sim_request *request)
{
    (void)request;
    const double factor = m->board->options.crystal_mhz / believed_crystal(m);
    const uint32_t baud = (uint32_t)(rom_word(m, 0) * factor);
    if (baud != 0)
        uart_change_baud(m->line, baud);
    static const char delimiters[] = "\xC0\xC0"; /* seen on real ROMs */
    uart_send_text(m->line, delimiters);
}

static uint8_t do_security_info(sim_machine *m, const sim_request *request)
{
    (void)request;
    sim_request_security_info(m, m->rom.response);
    return STATUS_OK;
}

static const rom_command commands[] = {
    {OP_SYNC, 0, true, false, false, 0, do_sync, NULL},
    {OP_READ_REG, 0, false, false, false, 0, do_read_reg, NULL},
    {OP_WRITE_REG, 0, false, false, false, 0, do_write_reg, NULL},
    {OP_MEM_BEGIN, 0, false, true, false, 0, rom_mem_begin, NULL},
    {OP_MEM_DATA, 0, false, true, false, 0, rom_mem_data, NULL},
    {OP_MEM_END, 0, false, false, false, 0, do_mem_end, after_mem_end},
    {OP_FLASH_BEGIN, 0, true, true, false, 0, rom_flash_begin, NULL},
    {OP_FLASH_DATA, 0, true, true, false, 0, rom_flash_data, NULL},
    {OP_FLASH_END, 0, true, false, true, 0, rom_flash_end, after_flash_end},
    {OP_SPI_ATTACH, SIM_ROM_LATER, true, false, false, 0, do_attach, NULL},
    {OP_SPI_SET_PARAMS, SIM_ROM_LATER, true, true, false, 0, do_set_params, NULL},
    {OP_READ_FLASH_SLOW, SIM_ROM_LATER, false, false, false, SLOW_READ, do_read_slow, NULL},
    {OP_CHANGE_BAUDRATE, SIM_ROM_LATER, true, false, false, 0, do_baud, after_baud},
    {OP_DEFL_BEGIN, SIM_ROM_LATER, false, true, false, 0, rom_defl_begin, NULL},
    {OP_DEFL_DATA, SIM_ROM_LATER, false, true, false, 0, rom_defl_data, NULL},
    {OP_DEFL_END, SIM_ROM_LATER, false, true, false, 0, rom_defl_end, after_defl_end},
    {OP_FLASH_MD5, SIM_ROM_LATER, false, false, false, 32, do_md5, NULL},
    {OP_SECURITY_INFO, SIM_ROM_SECURITY, true, false, false, 0, do_security_info, NULL},
};

static const rom_command *find_command(const sim_machine *m, uint8_t op)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const rom_command *command = &commands[i];
        if (command->op != op)
            continue;
        const bool known = rom_knows(m, command->needs);
        return known && (command->in_secure_mode || !m->board->options.secure_download) ? command : NULL;
    }
    return NULL;
}

static void respond(sim_machine *m, size_t payload, uint8_t status)
{
    const size_t status_size = rom_knows(m, SIM_ROM_LATER) ? 4 : 2;
    uint8_t header[REQUEST_HEADER] = {0x01, m->rom.last_op};
    bytes_put_le16(header + 2, (uint16_t)(payload + status_size));
    bytes_put_le32(header + 4, m->rom.last_value);
    m->rom.response[payload] = status != STATUS_OK;
    m->rom.response[payload + 1] = m->rom.last_error;
    const int copies = m->rom.last_op == OP_SYNC ? SYNC_COPIES : 1;
    for (int i = 0; i < copies; i++)
        sim_slip_send(m->line, header, sizeof(header), m->rom.response, payload + status_size);
}

static void refuse(sim_machine *m)
{
    m->rom.last_error = STATUS_INVALID;
    respond(m, 0, STATUS_INVALID);
}

/* An unknown command is answered in the name of the last one, eight times if that was SYNC; this is how
   esptool tells it from a failure (seen on real ROMs; esptool loader.py command). */
static void handle(sim_machine *m, const sim_request *request)
{
    const rom_command *command = find_command(m, request->op);
    if (command == NULL) {
        refuse(m);
        return;
    }
    if (command->op == OP_READ_FLASH_SLOW && read_pointer(m) != READ_FUNCTION) {
        execute(m, read_pointer(m)); /* no answer comes */
        return;
    }
    m->rom.last_op = command->op;
    size_t payload = command->payload;
    if (command->op == OP_SECURITY_INFO)
        payload = rom_knows(m, SIM_ROM_SECURITY_ID) ? 20 : 12;
    const uint8_t status = command->handle(m, request);
    if (m->board->dead)
        return;
    if (status != STATUS_OK || !command->keeps_error)
        m->rom.last_error = status;
    respond(m, payload, status);
    if ((status == STATUS_OK || command->leaves_anyway) && command->afterwards != NULL)
        command->afterwards(m, request);
}

static void rom_start(sim_machine *m)
{
    const uint32_t slot = m->board->options.chip->rom_read_slot;
    memset(&m->rom, 0, sizeof(m->rom));
    m->slip.lenient = true; /* seen on real ROMs */
    m->rom.flash_size = rom_knows(m, SIM_ROM_SEES_ALL) ? NARROW_LIMIT : DEFAULT_SIZE;
    if (slot != 0)
        board_write(m->board, slot, READ_FUNCTION);
    m->rom.block_size = SIM_BLOCK;
    m->rom.sector_size = SIM_SECTOR;
    m->rom.page_size = SIM_PAGE;
    /* What it finds there when nothing was begun lets blocks of any length pass on some (seen on real ROMs). */
    m->rom.download.block_size = rom_knows(m, SIM_ROM_SECURITY_ID) ? UINT32_MAX : 0;
    m->line->baud = 0;
    m->line->measuring = true; /* until it has understood a first frame */
}

static void rom_receive(sim_machine *m, uint8_t byte)
{
    fifo_push(m->line, byte);
}

/* While it measures the rate, which a first frame ends that makes sense as a whole, it takes nothing else. */
static bool makes_sense(const sim_machine *m, const sim_request *request)
{
    return m->rom.frame[0] == 0 && m->slip.size == (size_t)REQUEST_HEADER + request->size &&
           find_command(m, request->op) != NULL;
}

/*
 * A frame lies in memory that is never cleared, and is looked at as if it were whole: what a short one lacks is what an
 * earlier one has left there (seen on real ROMs).
 */
static void take_frame(sim_machine *m)
{
    const uint8_t *const frame = m->rom.frame;
    const sim_request request = {.op = frame[1],
                                 .size = (uint16_t)bytes_min64(bytes_get_le16(frame + 2), FRAME_MAX - REQUEST_HEADER),
                                 .checksum = bytes_get_le32(frame + 4),
                                 .data = frame + REQUEST_HEADER};
    if (m->line->measuring && !makes_sense(m, &request))
        return;
    m->line->measuring = false;
    if (frame[0] == 0)
        handle(m, &request);
    else
        refuse(m);
    m->rom.free_at = m->board->cpu > m->board->now ? m->board->cpu : SIM_NEVER;
}

static bool rom_step(sim_machine *m)
{
    uint8_t byte;
    if (!fifo_pop(m->line, &byte))
        return false;
    m->rom.waited = m->slip.inside ? m->rom.waited : m->board->now == m->rom.free_at;
    if (!sim_slip_take(&m->slip, byte, m->rom.frame, sizeof(m->rom.frame)))
        return true;
    const bool lost = m->rom.waited && sim_fault_strikes(machine_faults(m), SIM_FAULT_LOSE);
    if (!lost && m->slip.size < sizeof(m->rom.frame))
        take_frame(m);
    return true;
}

static void rom_end(sim_machine *m)
{
    sim_writer_free(&m->writer);
}

const sim_loader rom_loader = {
    .name = "download",
    .start = rom_start,
    .receive = rom_receive,
    .step = rom_step,
    .end = rom_end,
};
