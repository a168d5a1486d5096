/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "sim/loader/access.h"

/*
 * The download-mode loader in mask ROM: polled, one command at a time, and deaf while it works, but
 * for the 128 bytes of the receive FIFO. What "seen on real ROMs" says here was observed on the mask
 * ROMs of ESP32 and ESP32-C3.
 */

enum {
    STATUS_OK = 0,
    STATUS_INVALID = 0x05, /* esptool serial-protocol.rst, "ROM Loader Errors" */
    STATUS_FAILED = 0x06,
    STATUS_CHECKSUM = 0x07,
    STATUS_WRITE = 0x08,
    STATUS_READ = 0x09,
    STATUS_READ_LENGTH = 0x0A,
    STATUS_INFLATE = 0x0B,
    STATUS_PARAMETER = 0x64,
    SLOW_READ = 64,
    DEFAULT_SIZE = 2 << 20,     /* bytes of flash it believes in until SPI_SET_PARAMS (seen on real ROMs) */
    READ_FUNCTION = 0x40055F00, /* somewhere in the ROM: where its read pointer leads at first */
    SYNC_VALUE = 0x20120707,    /* the first word of the SYNC data comes back as the value */
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

static bool knows(const sim_machine *m, unsigned abilities)
{
    return (m->board->options.chip->rom & abilities) == abilities;
}

/* Where its flash read jumps, when software changed that: a way around secure boot. */
static uint32_t read_pointer(sim_machine *m)
{
    const uint32_t slot = m->board->options.chip->rom_read_slot;
    return slot != 0 ? board_read(m->board, slot) : READ_FUNCTION;
}

static bool flash_answers(sim_machine *m)
{
    return m->board->flash_attached;
}

static bool within_flash(const sim_machine *m, uint32_t offset, uint32_t size)
{
    return bytes_range_within(offset, size, m->rom.flash_size);
}

static uint8_t do_sync(sim_machine *m, const sim_request *request)
{
    (void)request;
    m->rom.last_value = SYNC_VALUE;
    return STATUS_OK;
}

static uint8_t do_read_reg(sim_machine *m, const sim_request *request)
{
    m->rom.last_value = board_read(m->board, sim_request_word(request, 0));
    return STATUS_OK;
}

static uint8_t do_write_reg(sim_machine *m, const sim_request *request)
{
    sim_request_write_regs(m, request);
    return STATUS_OK;
}

static uint8_t do_mem_begin(sim_machine *m, const sim_request *request)
{
    const uint32_t size = sim_request_word(request, 0), address = sim_request_word(request, 3);
    m->rom.mem_begun = ram_exists(m->board->options.chip, address, size) && ram_begin(&m->board->ram, address, size);
    m->rom.sequence = 0;
    return STATUS_OK; /* bad addresses are not noticed here (seen on real ROMs) */
}

/* Length, sequence and checksum of a block. A wrong checksum uses the sequence number up all the same,
   so the same block cannot be sent again (seen on real ROMs). */
static uint8_t check_block(sim_machine *m, const sim_request *request)
{
    if (request->size < BLOCK_HEADER || sim_request_word(request, 0) != (uint32_t)request->size - BLOCK_HEADER)
        return STATUS_INVALID;
    if (sim_request_word(request, 1) != m->rom.sequence)
        return STATUS_INVALID;
    m->rom.sequence++;
    const uint8_t sum = sim_request_checksum(request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER);
    return (uint8_t)request->checksum == sum ? STATUS_OK : STATUS_CHECKSUM;
}

static uint8_t do_mem_data(sim_machine *m, const sim_request *request)
{
    if (!m->rom.mem_begun)
        return STATUS_INVALID;
    const uint8_t status = check_block(m, request);
    if (status != STATUS_OK)
        return status;
    const uint32_t size = request->size - (uint32_t)BLOCK_HEADER;
    return ram_append(&m->board->ram, request->data + BLOCK_HEADER, size) ? STATUS_OK : STATUS_INVALID;
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
    (void)request;
    m->rom.mem_begun = false;
    return STATUS_OK;
}

static void after_mem_end(sim_machine *m, const sim_request *request)
{
    const bool forbidden = m->board->options.secure_boot != 0 && knows(m, SIM_ROM_SECURE_RAM);
    if (sim_request_word(request, 0) == 0 && !forbidden)
        execute(m, sim_request_word(request, 1));
}

static uint32_t erase_length(const sim_machine *m, uint32_t offset, uint32_t size)
{
    if (!knows(m, SIM_ROM_ERASES_TWICE))
        return size;
    const uint32_t sectors = (size + SIM_SECTOR - 1) / SIM_SECTOR;
    const uint32_t in_block = SIM_BLOCK / SIM_SECTOR;
    const uint32_t head = in_block - offset / SIM_SECTOR % in_block;
    return (sectors + (sectors < head ? sectors : head)) * SIM_SECTOR;
}

static uint8_t begin(sim_machine *m, const sim_request *request, bool compressed)
{
    const unsigned words = knows(m, SIM_ROM_BEGIN_20) ? 5 : 4;
    if (request->size != 4 * words)
        return STATUS_INVALID;
    if (knows(m, SIM_ROM_ATTACHES_AT_BEGIN))
        m->board->flash_attached = true;
    const uint32_t size = sim_request_word(request, 0), offset = sim_request_word(request, 3);
    if (!flash_answers(m) || !within_flash(m, offset, size))
        return STATUS_WRITE;
    sim_flash_unlock(m->board->flash); /* for good, and even where there is nothing to erase */
    sim_writer_erase_now(m, offset, erase_length(m, offset, size));
    m->rom.sequence = 0;
    return sim_writer_begin(m, SIM_ERASE_DONE, offset, size, compressed) ? STATUS_OK : STATUS_FAILED;
}

static uint8_t do_flash_begin(sim_machine *m, const sim_request *request)
{
    return begin(m, request, false);
}

static uint8_t do_defl_begin(sim_machine *m, const sim_request *request)
{
    return begin(m, request, true);
}

static uint8_t write_block(sim_machine *m, const sim_request *request, bool compressed)
{
    if (!m->writer.active || m->writer.compressed != compressed) /* ESP32 and ESP32-C3 differ here */
        return !compressed && knows(m, SIM_ROM_SECURITY_ID) ? STATUS_PARAMETER : STATUS_INVALID;
    const uint8_t status = check_block(m, request);
    if (status != STATUS_OK)
        return status;
    static const uint8_t statuses[] = {
        [SIM_WRITE_OK] = STATUS_OK,
        [SIM_WRITE_BAD_STREAM] = STATUS_INFLATE,
        [SIM_WRITE_MISMATCH] = STATUS_WRITE,
        [SIM_WRITE_TOO_MUCH] = STATUS_INVALID,
    };
    return statuses[sim_writer_data(m, request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER)];
}

static uint8_t do_flash_data(sim_machine *m, const sim_request *request)
{
    return write_block(m, request, false);
}

static uint8_t do_defl_data(sim_machine *m, const sim_request *request)
{
    return write_block(m, request, true);
}

/* With nothing begun it fails, and leaves all the same (seen on real ROMs). */
static uint8_t do_flash_end(sim_machine *m, const sim_request *request)
{
    (void)request;
    const bool begun = m->writer.active;
    sim_writer_free(&m->writer);
    return begun ? STATUS_OK : STATUS_FAILED;
}

/* Leaves the loader: word 0 reboots, anything else runs the application (esptool loader.py flash_finish). */
static void after_flash_end(sim_machine *m, const sim_request *request)
{
    if (sim_request_word(request, 0) == 0)
        m->leave = SIM_LEAVE_RESTART;
    else
        m->leave = SIM_LEAVE_TO_APP;
}

static uint8_t do_attach(sim_machine *m, const sim_request *request)
{
    (void)request;
    m->board->flash_attached = true;
    return STATUS_OK;
}

static uint8_t do_set_params(sim_machine *m, const sim_request *request)
{
    m->rom.flash_size = sim_request_word(request, 1);
    return STATUS_OK;
}

/* Always 64 bytes in the answer, fresh as far as was asked; errors leave the old ones (seen on real ROMs). */
static uint8_t do_read_slow(sim_machine *m, const sim_request *request)
{
    const uint32_t offset = sim_request_word(request, 0), size = sim_request_word(request, 1);
    if (size > SLOW_READ)
        return STATUS_READ_LENGTH;
    if (!flash_answers(m) || !within_flash(m, offset, size) || access_fails(m, SIM_FAULT_MUTE, offset, size))
        return STATUS_READ;
    access_read(m, offset, m->rom.response, size);
    access_lie(m, offset, m->rom.response, size);
    return STATUS_OK;
}

static uint8_t do_md5(sim_machine *m, const sim_request *request)
{
    const uint32_t offset = sim_request_word(request, 0), size = sim_request_word(request, 1);
    uint8_t md5[16];
    if (!flash_answers(m) || !within_flash(m, offset, size))
        return STATUS_READ; /* with the digest of last time (seen on real ROMs) */
    if (!access_md5(m, offset, size, md5))
        return STATUS_FAILED;
    char hex[33];
    bytes_to_hex(hex, md5, sizeof(md5));
    memcpy(m->rom.response, hex, 32);
    return STATUS_OK;
}

static uint8_t do_baud(sim_machine *m, const sim_request *request)
{
    (void)m;
    return sim_request_word(request, 0) != 0 ? STATUS_OK : STATUS_INVALID;
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
    const double factor = m->board->options.crystal_mhz / believed_crystal(m);
    uart_change_baud(m->line, (uint32_t)(sim_request_word(request, 0) * factor));
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
    {OP_MEM_BEGIN, 0, false, true, false, 0, do_mem_begin, NULL},
    {OP_MEM_DATA, 0, false, true, false, 0, do_mem_data, NULL},
    {OP_MEM_END, 0, false, false, false, 0, do_mem_end, after_mem_end},
    {OP_FLASH_BEGIN, 0, true, true, false, 0, do_flash_begin, NULL},
    {OP_FLASH_DATA, 0, true, true, false, 0, do_flash_data, NULL},
    {OP_FLASH_END, 0, true, false, true, 0, do_flash_end, after_flash_end},
    {OP_SPI_ATTACH, SIM_ROM_LATER, true, false, false, 0, do_attach, NULL},
    {OP_SPI_SET_PARAMS, SIM_ROM_LATER, true, true, false, 0, do_set_params, NULL},
    {OP_READ_FLASH_SLOW, SIM_ROM_LATER, false, false, false, SLOW_READ, do_read_slow, NULL},
    {OP_CHANGE_BAUDRATE, SIM_ROM_LATER, true, false, false, 0, do_baud, after_baud},
    {OP_DEFL_BEGIN, SIM_ROM_LATER, false, true, false, 0, do_defl_begin, NULL},
    {OP_DEFL_DATA, SIM_ROM_LATER, false, true, false, 0, do_defl_data, NULL},
    {OP_DEFL_END, SIM_ROM_LATER, false, false, true, 0, do_flash_end, after_flash_end},
    {OP_FLASH_MD5, SIM_ROM_LATER, false, false, false, 32, do_md5, NULL},
    {OP_SECURITY_INFO, SIM_ROM_SECURITY, true, false, false, 0, do_security_info, NULL},
};

static const rom_command *find_command(const sim_machine *m, uint8_t op)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const rom_command *command = &commands[i];
        if (command->op != op)
            continue;
        const bool known = knows(m, command->needs);
        return known && (command->in_secure_mode || !m->board->options.secure_download) ? command : NULL;
    }
    return NULL;
}

static void respond(sim_machine *m, size_t payload, uint8_t status)
{
    const size_t status_size = knows(m, SIM_ROM_LATER) ? 4 : 2;
    uint8_t header[REQUEST_HEADER] = {0x01, m->rom.last_op};
    bytes_put_le16(header + 2, (uint16_t)(payload + status_size));
    bytes_put_le32(header + 4, m->rom.last_value);
    m->rom.response[payload] = status != STATUS_OK;
    m->rom.response[payload + 1] = m->rom.last_error;
    const int copies = m->rom.last_op == OP_SYNC ? SYNC_COPIES : 1;
    for (int i = 0; i < copies; i++)
        sim_slip_send(m->line, header, sizeof(header), m->rom.response, payload + status_size);
}

/* An unknown command is answered in the name of the last one, eight times if that was SYNC; this is how
   esptool tells it from a failure (seen on real ROMs; esptool loader.py command). */
static void handle(sim_machine *m, const sim_request *request)
{
    const rom_command *command = find_command(m, request->op);
    if (command == NULL) {
        m->rom.last_error = STATUS_INVALID;
        respond(m, 0, STATUS_INVALID);
        return;
    }
    if (command->op == OP_READ_FLASH_SLOW && read_pointer(m) != READ_FUNCTION) {
        execute(m, read_pointer(m)); /* no answer comes */
        return;
    }
    m->rom.last_op = command->op;
    size_t payload = command->payload;
    if (command->op == OP_SECURITY_INFO)
        payload = knows(m, SIM_ROM_SECURITY_ID) ? 20 : 12;
    const uint8_t status = command->handle(m, request);
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
    m->rom.flash_size = knows(m, SIM_ROM_SEES_ALL) ? NARROW_LIMIT : DEFAULT_SIZE;
    if (slot != 0)
        board_write(m->board, slot, READ_FUNCTION);
    m->line->baud = 0;
    m->line->measuring = true; /* until it has understood a first frame */
}

static void rom_receive(sim_machine *m, uint8_t byte)
{
    fifo_push(m->line, byte);
}

static bool rom_step(sim_machine *m)
{
    uint8_t byte;
    if (!fifo_pop(m->line, &byte))
        return false;
    m->rom.waited = m->slip.inside ? m->rom.waited : m->board->now == m->rom.free_at;
    if (!sim_slip_take(&m->slip, byte, m->rom.frame, sizeof(m->rom.frame)))
        return true;
    sim_request request;
    if (m->rom.waited && sim_fault_strikes(machine_faults(m), SIM_FAULT_LOSE))
        return true;
    if (!m->slip.bad && sim_request_parse(&request, m->rom.frame, m->slip.size)) {
        m->line->measuring = false;
        handle(m, &request);
        m->rom.free_at = m->board->cpu > m->board->now ? m->board->cpu : SIM_NEVER;
    }
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
