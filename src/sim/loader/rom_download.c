/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "sim/loader/rom.h"

/*
 * Downloads to RAM and flash. There is one at a time, whatever began it: data of another kind go on with it, to the
 * address where it is. What was announced is not compared with what comes, but for the number of blocks at the end.
 * All of this was seen on the mask ROMs of ESP32 and ESP32-C3; that of the ESP8266 is taken to be alike.
 */

enum { BLOCK_LIMIT = 0x2000 /* longer blocks are refused; 0x1800 are not */ };

static void begin(sim_machine *m, sim_rom_kind kind, uint32_t blocks, uint32_t block, uint32_t address)
{
    m->rom.download =
        (sim_rom_download){.kind = kind, .block_size = block, .blocks_left = blocks, .address = address, .sequence = 0};
}

/* Of the header of a block only its own length counts, not that of the frame. A wrong checksum uses the sequence number
   up all the same, so the same block cannot be sent again. */
static uint8_t check_block(sim_machine *m, uint32_t multiple, const sim_request *request)
{
    sim_rom_download *const download = &m->rom.download;
    const uint32_t size = rom_word(m, 0);
    if (size > download->block_size || size > FRAME_MAX - REQUEST_HEADER - BLOCK_HEADER || size % multiple != 0 ||
        rom_word(m, 1) != download->sequence)
        return STATUS_INVALID;
    download->sequence++;
    download->blocks_left--;
    return (uint8_t)request->checksum == sim_request_checksum(request->data + BLOCK_HEADER, size) ? STATUS_OK
                                                                                                  : STATUS_CHECKSUM;
}

/* ---- RAM ---- */

uint8_t rom_mem_begin(sim_machine *m, const sim_request *request)
{
    if (request->size != 4 * sizeof(uint32_t))
        return STATUS_INVALID;
    const uint32_t size = rom_word(m, 0), address = rom_word(m, 3);
    begin(m, SIM_ROM_TO_RAM, rom_word(m, 1), rom_word(m, 2), address);
    if (ram_exists(m->board->options.chip, address, size))
        (void)ram_begin(&m->board->ram, address, size); /* what does not fit does not run */
    return STATUS_OK;                                   /* bad addresses are not noticed here */
}

/* Where a ROM is known to receive frames, and a block is put there, it overwrites the header that is still needed. */
static void overwrite_frame(sim_machine *m, uint32_t address, const uint8_t *bytes, uint32_t size)
{
    const uint32_t at = m->board->options.chip->rom_frame;
    if (at == 0 || address + size <= at || address >= at + sizeof(m->rom.frame))
        return;
    const uint32_t skip = address < at ? at - address : 0;
    const uint32_t into = address + skip - at;
    const uint32_t room = (uint32_t)sizeof(m->rom.frame) - into;
    memmove(m->rom.frame + into, bytes + skip, size - skip < room ? size - skip : room);
}

uint8_t rom_mem_data(sim_machine *m, const sim_request *request)
{
    sim_rom_download *const download = &m->rom.download;
    const uint32_t size = rom_word(m, 0);
    const uint8_t status = check_block(m, 1, request);
    if (status != STATUS_OK || download->kind == SIM_ROM_NO_DOWNLOAD)
        return status;
    if (size > 0 &&
        (!board_is_mapped(m->board, download->address) || !board_is_mapped(m->board, download->address + size - 1))) {
        machine_die(m, m->board->options.chip->last_words.store);
        return STATUS_FAILED;
    }
    if (ram_exists(m->board->options.chip, download->address, size))
        (void)ram_store(&m->board->ram, download->address, request->data + BLOCK_HEADER, size);
    overwrite_frame(m, download->address, request->data + BLOCK_HEADER, size);
    download->address += rom_word(m, 0);
    return STATUS_OK;
}

/* ---- flash ---- */

static uint32_t erase_length(const sim_machine *m, uint32_t offset, uint32_t size)
{
    if (!rom_knows(m, SIM_ROM_ERASES_TWICE))
        return size;
    const uint32_t sectors = (size + SIM_SECTOR - 1) / SIM_SECTOR;
    const uint32_t in_block = SIM_BLOCK / SIM_SECTOR;
    const uint32_t head = in_block - offset / SIM_SECTOR % in_block;
    return (sectors + (sectors < head ? sectors : head)) * SIM_SECTOR;
}

static uint8_t erase(sim_machine *m, uint32_t offset, uint32_t size)
{
    const bool inside = bytes_range_within(offset, size, m->rom.flash_size) && rom_reaches_flash(m, offset, size);
    if (m->rom.sector_size == 0 && !m->board->options.chip->divides_by_zero) {
        machine_die(m, NULL);
        return STATUS_FAILED;
    }
    if (!inside || m->rom.sector_size == 0 || m->rom.block_size == 0 || offset % SIM_SECTOR != 0)
        return STATUS_FAILED;
    sim_flash_unlock(m->board->flash); /* for good, and even where there is nothing to erase */
    sim_writer_erase_now(m, offset, erase_length(m, offset, size));
    return STATUS_OK;
}

/* Where nothing could be erased data are taken all the same; deflated ones then go nowhere. */
static uint8_t begin_flash(sim_machine *m, const sim_request *request, sim_rom_kind kind)
{
    const unsigned words = rom_knows(m, SIM_ROM_BEGIN_20) ? 5 : 4;
    if (request->size != 4 * words || rom_word(m, 2) >= BLOCK_LIMIT)
        return STATUS_INVALID;
    if (rom_knows(m, SIM_ROM_ATTACHES_AT_BEGIN))
        m->board->flash_attached = true;
    const uint32_t size = rom_word(m, 0), offset = rom_word(m, 3);
    begin(m, kind, rom_word(m, 1), rom_word(m, 2), offset);
    const bool deflated = kind == SIM_ROM_TO_FLASH_DEFLATED;
    if (!sim_writer_begin(m, SIM_ERASE_DONE, offset, size, deflated))
        return STATUS_FAILED;
    const uint8_t status = erase(m, offset, size);
    m->writer.dropped = status != STATUS_OK && deflated;
    return status;
}

uint8_t rom_flash_begin(sim_machine *m, const sim_request *request)
{
    return begin_flash(m, request, SIM_ROM_TO_FLASH);
}

uint8_t rom_defl_begin(sim_machine *m, const sim_request *request)
{
    return begin_flash(m, request, SIM_ROM_TO_FLASH_DEFLATED);
}

static uint8_t of_writer(sim_write_result result)
{
    static const uint8_t statuses[] = {
        [SIM_WRITE_OK] = STATUS_OK,
        [SIM_WRITE_BAD_STREAM] = STATUS_INFLATE,
        [SIM_WRITE_BAD_SUM] = STATUS_ADLER,
        [SIM_WRITE_MISMATCH] = STATUS_WRITE,
        [SIM_WRITE_TOO_MUCH] = STATUS_INVALID,
    };
    return statuses[result];
}

/* What lies beyond the flash is taken and goes nowhere. */
uint8_t rom_flash_data(sim_machine *m, const sim_request *request)
{
    sim_rom_download *const download = &m->rom.download;
    if (download->kind == SIM_ROM_TO_FLASH_DEFLATED && rom_knows(m, SIM_ROM_SECURITY_ID))
        return STATUS_INVALID; /* not on the ESP32 */
    const uint32_t at = download->address, size = rom_word(m, 0);
    const uint8_t status = check_block(m, 4, request);
    if (status != STATUS_OK)
        return status;
    if (download->kind == SIM_ROM_NO_DOWNLOAD)
        return STATUS_PARAMETER;
    download->address += size;
    if (m->rom.page_size == 0 && !m->board->options.chip->divides_by_zero)
        machine_die(m, NULL);
    if (m->rom.page_size == 0 || !bytes_range_within(at, size, m->rom.flash_size) || !rom_reaches_flash(m, at, size))
        return STATUS_OK;
    m->writer.offset = at;
    return of_writer(sim_writer_data(m, request->data + BLOCK_HEADER, size));
}

/* The last block has to bring the end of the stream; one behind that end is never done with. */
uint8_t rom_defl_data(sim_machine *m, const sim_request *request)
{
    sim_rom_download *const download = &m->rom.download;
    sim_writer *const writer = &m->writer;
    uint8_t status = check_block(m, 1, request);
    if (status != STATUS_OK)
        return status;
    if (download->kind == SIM_ROM_NO_DOWNLOAD)
        return STATUS_PARAMETER;
    if (!writer->compressed && !sim_writer_begin(m, SIM_ERASE_DONE, download->address, 0, true))
        return STATUS_FAILED;
    if (writer->ended) {
        machine_die(m, NULL);
        return STATUS_FAILED;
    }
    const uint32_t size = rom_word(m, 0);
    status = of_writer(sim_writer_data(m, request->data + BLOCK_HEADER, size));
    if (status == STATUS_OK && download->blocks_left == 0 && !writer->ended)
        return size == 0 ? STATUS_INFLATE : STATUS_ADLER;
    return status;
}

/* Both say whether all blocks came, one more is as bad as one less, and both can be said again. */
uint8_t rom_flash_end(sim_machine *m, const sim_request *request)
{
    const bool begun = m->rom.download.kind != SIM_ROM_NO_DOWNLOAD;
    const uint8_t status = rom_defl_end(m, request);
    return begun ? status : STATUS_FAILED;
}

uint8_t rom_defl_end(sim_machine *m, const sim_request *request)
{
    (void)request;
    return m->rom.download.blocks_left == 0 ? STATUS_OK : STATUS_FAILED;
}
