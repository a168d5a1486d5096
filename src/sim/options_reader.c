/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "options_table.h"
#include "reader/wire.h"

enum { CLOCK_MOST = 1000 };

void sim_options_reader_init(sim_options *o)
{
    o->reader_cycles = 1.7; /* an assumption: counted were instructions, and on emulators */
}

espbak_status sim_option_set_reader(sim_options *o, const char *value, espbak_error *err)
{
    static const char *const names[] = {
        [SIM_READER_WORKS] = "works", [SIM_READER_SILENT] = "silent", [SIM_READER_CRASHES] = "crashes"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(value, names[i]) == 0) {
            o->reader_fate = (sim_reader_fate)i;
            return ESPBAK_OK;
        }
    }
    return sim_option_bad("reader", value, "works, silent or crashes", err);
}

espbak_status sim_option_set_reader_mhz(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t mhz;
    if (!sim_option_number(value, &mhz) || mhz == 0 || mhz > CLOCK_MOST)
        return sim_option_bad("reader-mhz", value, "a clock from 1 to 1000 MHz", err);
    o->reader_mhz = (unsigned)mhz;
    return ESPBAK_OK;
}

espbak_status sim_option_set_reader_cycles(sim_options *o, const char *value, espbak_error *err)
{
    char *end;
    const double cycles = strtod(value, &end);
    if (end == value || *end != '\0' || !(cycles >= 0.0) || cycles > 100.0)
        return sim_option_bad("reader-cycles", value, "a number from 0 to 100", err);
    o->reader_cycles = cycles;
    return ESPBAK_OK;
}

espbak_status sim_option_set_reader_block(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t size;
    if (!sim_option_number(value, &size) || size < READER_BLOCK_LEAST || size > READER_BLOCK_MOST ||
        size % READER_ALIGNMENT != 0)
        return sim_option_bad("reader-block", value, "a size from 4K to 64K", err);
    o->reader_block = (uint32_t)size;
    return ESPBAK_OK;
}

espbak_status sim_option_set_reader_dies(sim_options *o, const char *value, espbak_error *err)
{
    uint64_t count;
    if (!sim_option_number(value, &count) || count == 0 || count > UINT32_MAX)
        return sim_option_bad("reader-dies", value, "a number of answers", err);
    o->reader_dies = (uint32_t)count;
    return ESPBAK_OK;
}
