/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "sim/state.h"

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
    READ_FUNCTION = 0x40055F00, /* somewhere in the ROM: where its read pointer leads at first */
    SYNC_VALUE = 0x20120707,    /* the first word of the SYNC data comes back as the value */
};

typedef struct rom_command {
    uint8_t op;
    unsigned needs;      /* sim_rom_ability bits */
    bool in_secure_mode; /* answered in Secure Download Mode too */
    bool keeps_error;    /* success leaves the error byte of the last failure (seen on real ROMs) */
    size_t payload;      /* bytes before the status */
    uint8_t (*handle)(sim_device *d, const sim_request *request);
    void (*afterwards)(sim_device *d, const sim_request *request); /* when the answer is on its way */
} rom_command;

static bool flash_answers(sim_device *d)
{
    return d->registers.flash_attached;
}

static bool within_flash(const sim_device *d, uint32_t offset, uint32_t size)
{
    return bytes_range_within(offset, size, d->rom.flash_size);
}

static uint8_t do_sync(sim_device *d, const sim_request *request)
{
    (void)request;
    d->rom.last_value = SYNC_VALUE;
    return STATUS_OK;
}

static uint8_t do_read_reg(sim_device *d, const sim_request *request)
{
    d->rom.last_value = sim_command_read_register(d, sim_request_word(request, 0));
    return STATUS_OK;
}

static uint8_t do_write_reg(sim_device *d, const sim_request *request)
{
    sim_command_write_regs(d, request);
    return STATUS_OK;
}

static uint8_t do_mem_begin(sim_device *d, const sim_request *request)
{
    const uint32_t size = sim_request_word(request, 0), address = sim_request_word(request, 3);
    d->rom.mem_begun = ram_exists(d->options.chip, address, size) && ram_begin(&d->ram, address, size);
    d->rom.sequence = 0;
    return STATUS_OK; /* bad addresses are not noticed here (seen on real ROMs) */
}

/* Length, sequence and checksum of a block. A wrong checksum uses the sequence number up all the same,
   so the same block cannot be sent again (seen on real ROMs). */
static uint8_t check_block(sim_device *d, const sim_request *request)
{
    if (request->size < BLOCK_HEADER || sim_request_word(request, 0) != (uint32_t)request->size - BLOCK_HEADER)
        return STATUS_INVALID;
    if (sim_request_word(request, 1) != d->rom.sequence)
        return STATUS_INVALID;
    d->rom.sequence++;
    const uint8_t sum = sim_request_checksum(request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER);
    return (uint8_t)request->checksum == sum ? STATUS_OK : STATUS_CHECKSUM;
}

static uint8_t do_mem_data(sim_device *d, const sim_request *request)
{
    if (!d->rom.mem_begun)
        return STATUS_INVALID;
    const uint8_t status = check_block(d, request);
    if (status != STATUS_OK)
        return status;
    const uint32_t size = request->size - (uint32_t)BLOCK_HEADER;
    return ram_append(&d->ram, request->data + BLOCK_HEADER, size) ? STATUS_OK : STATUS_INVALID;
}

static void execute(sim_device *d, uint32_t entry)
{
    const sim_options *o = &d->options;
    const bool legacy = o->stub_kind == SIM_STUB_LEGACY ||
                        (o->stub_kind == SIM_STUB_AUTO && ram_has_segment(&d->ram, o->chip->legacy_data));
    sim_command_execute(d, entry, legacy ? &legacy_stub : &current_stub);
}

static uint8_t do_mem_end(sim_device *d, const sim_request *request)
{
    (void)request;
    d->rom.mem_begun = false;
    return STATUS_OK;
}

static void after_mem_end(sim_device *d, const sim_request *request)
{
    /* With secure boot the ROMs of S3 and C3 start nothing from RAM (esptool loader.py run_stub, cmds.py). */
    const sim_chip *chip = d->options.chip;
    const bool forbidden = d->options.secure_boot != 0 && (chip->id == 9 || chip->id == 5);
    if (sim_request_word(request, 0) == 0 && !forbidden)
        execute(d, sim_request_word(request, 1));
}

/* ESP8266: SPIEraseArea erases the sectors up to the next block boundary, and then forgets to count them.
   What esptool esp8266.py get_erase_size undoes. */
static uint32_t erase_length(const sim_device *d, uint32_t offset, uint32_t size)
{
    if (d->options.chip->id != SIM_NO_CHIP_ID)
        return size;
    const uint32_t sectors = (size + SIM_SECTOR - 1) / SIM_SECTOR;
    const uint32_t in_block = SIM_BLOCK / SIM_SECTOR;
    const uint32_t head = in_block - offset / SIM_SECTOR % in_block;
    return (sectors + (sectors < head ? sectors : head)) * SIM_SECTOR;
}

static uint8_t begin(sim_device *d, const sim_request *request, bool compressed)
{
    const unsigned words = (d->options.chip->rom & SIM_ROM_BEGIN_20) != 0 ? 5 : 4;
    if (request->size != 4 * words)
        return STATUS_INVALID;
    if (d->options.chip->id == SIM_NO_CHIP_ID)
        d->registers.flash_attached = true; /* the ESP8266 attaches its flash here */
    const uint32_t size = sim_request_word(request, 0), offset = sim_request_word(request, 3);
    if (!flash_answers(d) || !within_flash(d, offset, size))
        return STATUS_WRITE;
    sim_flash_unlock(d->flash);
    sim_writer_erase_now(d, offset, erase_length(d, offset, size));
    d->rom.sequence = 0;
    return sim_writer_begin(d, SIM_ERASE_DONE, offset, size, compressed) ? STATUS_OK : STATUS_FAILED;
}

static uint8_t do_flash_begin(sim_device *d, const sim_request *request)
{
    return begin(d, request, false);
}

static uint8_t do_defl_begin(sim_device *d, const sim_request *request)
{
    return begin(d, request, true);
}

static uint8_t write_block(sim_device *d, const sim_request *request, bool compressed)
{
    if (!d->writer.active || d->writer.compressed != compressed) /* ESP32 and ESP32-C3 differ here */
        return !compressed && (d->options.chip->rom & SIM_ROM_SECURITY_ID) != 0 ? STATUS_PARAMETER : STATUS_INVALID;
    const uint8_t status = check_block(d, request);
    if (status != STATUS_OK)
        return status;
    static const uint8_t statuses[] = {
        [SIM_WRITE_OK] = STATUS_OK,
        [SIM_WRITE_BAD_STREAM] = STATUS_INFLATE,
        [SIM_WRITE_MISMATCH] = STATUS_WRITE,
        [SIM_WRITE_TOO_MUCH] = STATUS_INVALID,
    };
    return statuses[sim_writer_data(d, request->data + BLOCK_HEADER, request->size - (size_t)BLOCK_HEADER)];
}

static uint8_t do_flash_data(sim_device *d, const sim_request *request)
{
    return write_block(d, request, false);
}

static uint8_t do_defl_data(sim_device *d, const sim_request *request)
{
    return write_block(d, request, true);
}

static uint8_t do_flash_end(sim_device *d, const sim_request *request)
{
    (void)request;
    sim_writer_free(&d->writer);
    return STATUS_OK;
}

/* Leaves the loader: word 0 reboots, anything else runs the application (esptool loader.py flash_finish). */
static void after_flash_end(sim_device *d, const sim_request *request)
{
    if (sim_request_word(request, 0) == 0)
        sim_chip_restart(d, false);
    else
        sim_chip_run_app(d);
}

static uint8_t do_attach(sim_device *d, const sim_request *request)
{
    (void)request;
    d->registers.flash_attached = true;
    return STATUS_OK;
}

static uint8_t do_set_params(sim_device *d, const sim_request *request)
{
    d->rom.flash_size = sim_request_word(request, 1);
    return STATUS_OK;
}

/* Always 64 bytes in the answer, fresh as far as was asked; errors leave the old ones (seen on real ROMs). */
static uint8_t do_read_slow(sim_device *d, const sim_request *request)
{
    const uint32_t offset = sim_request_word(request, 0), size = sim_request_word(request, 1);
    if (size > SLOW_READ)
        return STATUS_READ_LENGTH;
    if (!flash_answers(d) || !within_flash(d, offset, size) || sim_command_fails(d, SIM_FAULT_MUTE, offset, size))
        return STATUS_READ;
    sim_command_read_flash(d, offset, d->rom.response, size);
    sim_command_lie(d, offset, d->rom.response, size);
    return STATUS_OK;
}

static uint8_t do_md5(sim_device *d, const sim_request *request)
{
    const uint32_t offset = sim_request_word(request, 0), size = sim_request_word(request, 1);
    uint8_t md5[16];
    if (!flash_answers(d) || !within_flash(d, offset, size))
        return STATUS_READ; /* with the digest of last time (seen on real ROMs) */
    if (!sim_command_md5(d, offset, size, md5))
        return STATUS_FAILED;
    char hex[33];
    bytes_to_hex(hex, md5, sizeof(md5));
    memcpy(d->rom.response, hex, 32);
    return STATUS_OK;
}

static uint8_t do_baud(sim_device *d, const sim_request *request)
{
    (void)d;
    return sim_request_word(request, 0) != 0 ? STATUS_OK : STATUS_INVALID;
}

/* The ROM computes its divider from the crystal it believes in: what comes out is off by the quotient. */
static void after_baud(sim_device *d, const sim_request *request)
{
    const sim_options *o = &d->options;
    double believed = o->chip->rom_crystal_mhz;
    if (o->chip->rom_crystal_mhz == o->chip->crystal_mhz)
        believed = o->crystal_mhz; /* a ROM that knows its crystal */
    if (o->chip->rtc_cali != 0) {
        /* ESP32: it believes in what it measured, esptool esp32.py get_rom_cal_crystal_freq. */
        const uint32_t cali = registers_read(&d->registers, o->chip->rtc_cali) >> 7;
        const uint32_t ck8m = registers_read(&d->registers, 0x3FF5A010) & 0xFF;
        believed = cali * 15625.0 * ck8m / 40 / 1e6;
    }
    uart_change_baud(d, (uint32_t)(sim_request_word(request, 0) * (o->crystal_mhz / believed)));
}

static uint8_t do_security_info(sim_device *d, const sim_request *request)
{
    (void)request;
    sim_command_security_info(d, d->rom.response);
    return STATUS_OK;
}

static const rom_command commands[] = {
    {OP_SYNC, 0, true, false, 0, do_sync, NULL},
    {OP_READ_REG, 0, false, false, 0, do_read_reg, NULL},
    {OP_WRITE_REG, 0, false, false, 0, do_write_reg, NULL},
    {OP_MEM_BEGIN, 0, false, true, 0, do_mem_begin, NULL},
    {OP_MEM_DATA, 0, false, true, 0, do_mem_data, NULL},
    {OP_MEM_END, 0, false, false, 0, do_mem_end, after_mem_end},
    {OP_FLASH_BEGIN, 0, true, true, 0, do_flash_begin, NULL},
    {OP_FLASH_DATA, 0, true, true, 0, do_flash_data, NULL},
    {OP_FLASH_END, 0, true, false, 0, do_flash_end, after_flash_end},
    {OP_SPI_ATTACH, SIM_ROM_LATER, true, false, 0, do_attach, NULL},
    {OP_SPI_SET_PARAMS, SIM_ROM_LATER, true, true, 0, do_set_params, NULL},
    {OP_READ_FLASH_SLOW, SIM_ROM_LATER, false, false, SLOW_READ, do_read_slow, NULL},
    {OP_CHANGE_BAUDRATE, SIM_ROM_LATER, true, false, 0, do_baud, after_baud},
    {OP_DEFL_BEGIN, SIM_ROM_LATER, false, true, 0, do_defl_begin, NULL},
    {OP_DEFL_DATA, SIM_ROM_LATER, false, true, 0, do_defl_data, NULL},
    {OP_DEFL_END, SIM_ROM_LATER, false, false, 0, do_flash_end, after_flash_end},
    {OP_FLASH_MD5, SIM_ROM_LATER, false, false, 32, do_md5, NULL},
    {OP_SECURITY_INFO, SIM_ROM_SECURITY, true, false, 0, do_security_info, NULL},
};

static const rom_command *find_command(const sim_device *d, uint8_t op)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const rom_command *command = &commands[i];
        if (command->op != op)
            continue;
        const bool known = (d->options.chip->rom & command->needs) == command->needs;
        return known && (command->in_secure_mode || !d->options.secure_download) ? command : NULL;
    }
    return NULL;
}

static void respond(sim_device *d, size_t payload, uint8_t status)
{
    const size_t status_size = (d->options.chip->rom & SIM_ROM_LATER) != 0 ? 4 : 2;
    uint8_t header[REQUEST_HEADER] = {0x01, d->rom.last_op};
    bytes_put_le16(header + 2, (uint16_t)(payload + status_size));
    bytes_put_le32(header + 4, d->rom.last_value);
    d->rom.response[payload] = status != STATUS_OK;
    d->rom.response[payload + 1] = d->rom.last_error;
    const int copies = d->rom.last_op == OP_SYNC ? SYNC_COPIES : 1;
    for (int i = 0; i < copies; i++)
        uart_send_frame(d, header, sizeof(header), d->rom.response, payload + status_size);
}

/* An unknown command is answered in the name of the last one, eight times if that was SYNC; this is how
   esptool tells it from a failure (seen on real ROMs; esptool loader.py command). */
static void handle(sim_device *d, const sim_request *request)
{
    const rom_command *command = find_command(d, request->op);
    if (command == NULL) {
        d->rom.last_error = STATUS_INVALID;
        respond(d, 0, STATUS_INVALID);
        return;
    }
    if (command->op == OP_READ_FLASH_SLOW && d->rom.read_pointer != READ_FUNCTION) {
        execute(d, d->rom.read_pointer); /* the way around secure boot on the ESP32-S3: no answer comes */
        return;
    }
    d->rom.last_op = command->op;
    size_t payload = command->payload;
    if (command->op == OP_SECURITY_INFO)
        payload = (d->options.chip->rom & SIM_ROM_SECURITY_ID) != 0 ? 20 : 12;
    const uint8_t status = command->handle(d, request);
    if (status != STATUS_OK || !command->keeps_error)
        d->rom.last_error = status;
    respond(d, payload, status);
    if (status == STATUS_OK && command->afterwards != NULL)
        command->afterwards(d, request);
}

static void rom_start(sim_device *d)
{
    memset(&d->rom, 0, sizeof(d->rom));
    memset(&d->slip, 0, sizeof(d->slip));
    d->rom.flash_size = d->options.chip->id == SIM_NO_CHIP_ID ? NARROW_LIMIT : ROM_DEFAULT_SIZE;
    d->rom.read_pointer = READ_FUNCTION;
    d->baud = 0;
}

static void rom_receive(sim_device *d, uint8_t byte)
{
    fifo_push(d, byte);
}

static bool rom_run(sim_device *d)
{
    uint8_t byte;
    if (!fifo_pop(d, &byte))
        return false;
    d->rom.waited = d->slip.inside ? d->rom.waited : d->now == d->rom.free_at;
    if (!sim_slip_take(&d->slip, byte, d->frame, sizeof(d->frame)))
        return true;
    sim_request request;
    if (d->rom.waited && sim_fault_strikes(&d->faults[SIM_FROM_CHIP], SIM_FAULT_LOSE))
        return true;
    if (!d->slip.bad && sim_request_parse(&request, d->frame, d->slip.size)) {
        d->rom.synced = true;
        handle(d, &request);
        d->rom.free_at = d->cpu > d->now ? d->cpu : SIM_NEVER;
    }
    return true;
}

const sim_loader rom_loader = {"download", rom_start, rom_receive, rom_run, NULL};
