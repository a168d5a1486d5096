/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_ROM_H
#define SIM_ROM_H

/* What the two files of the ROM loader share: rom.c hears and answers, rom_download.c loads RAM and writes flash. */

#include "sim/loader/access.h"

enum {
    STATUS_OK = 0,
    STATUS_INVALID = 0x05, /* esptool serial-protocol.rst, "ROM Loader Errors" */
    STATUS_FAILED = 0x06,
    STATUS_CHECKSUM = 0x07,
    STATUS_WRITE = 0x08,
    STATUS_READ = 0x09,
    STATUS_READ_LENGTH = 0x0A,
    STATUS_INFLATE = 0x0B,
    STATUS_ADLER = 0x0C,
    STATUS_PARAMETER = 0x64,
};

bool rom_knows(const sim_machine *m, unsigned abilities);
/** A word of the request's data, which is what lies there from an earlier one when the request is shorter. */
uint32_t rom_word(const sim_machine *m, unsigned index);
/** Whether the flash is there, and the range in it as far as the ROM knows; it adds in 32 bits. */
bool rom_reaches_flash(const sim_machine *m, uint32_t offset, uint32_t size);

/* Commands, and what they do when the answer is on its way. */
uint8_t rom_mem_begin(sim_machine *m, const sim_request *request);
uint8_t rom_mem_data(sim_machine *m, const sim_request *request);
uint8_t rom_flash_begin(sim_machine *m, const sim_request *request);
uint8_t rom_flash_data(sim_machine *m, const sim_request *request);
uint8_t rom_flash_end(sim_machine *m, const sim_request *request);
uint8_t rom_defl_begin(sim_machine *m, const sim_request *request);
uint8_t rom_defl_data(sim_machine *m, const sim_request *request);
uint8_t rom_defl_end(sim_machine *m, const sim_request *request);

#endif
